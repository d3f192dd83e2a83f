// Attention on fp32 activations, for comparisons and tiny models: a warp takes one query of one head (or, for dk and dv, one key of one
// key-value head) against 32 others at a time; a lane computes one score, then each lane sums its columns.
#include "backend/cuda/attention_f32.h"
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/device/rows.h"

namespace fettle::cuda {
namespace {

constexpr int kWarps = 4, kMostColumns = 256, kLaneColumns = kMostColumns / 32;

/// A warp's part of shared memory: two rows, and weights of 32 others.
struct WarpShared {
  float row[2][kMostColumns], weight[2][32];
};
constexpr size_t kSharedBytes = kWarps * sizeof(WarpShared);

struct Scores {
  int head_dim, window;
  float scale, soft_cap;
};

/// A sum of products over a head, and a score with the cap's slope.
__device__ __forceinline__ float dot(const float* a, const float* b, int n) {
  float sum = 0;
  for (int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}
__device__ __forceinline__ float capped(float score, const Scores& s, float& slope) {
  slope = 1.0f;
  if (!(s.soft_cap > 0)) return score;
  const float t = tanhf(score / s.soft_cap);
  slope = 1.0f - t * t;
  return t * s.soft_cap;
}

/// sum[i] += weights[j] * column lane + 32 i of row first + j, for j < count.
__device__ void add_rows(float (&sum)[kLaneColumns], const float* weights, const Rows<const float>& rows, int64_t first, int column,
                         int count, int n, int lane) {
  for (int j = 0; j < count; ++j) {
    const float* row = rows.row(first + j) + column;
#pragma unroll
    for (int i = 0; i < kLaneColumns; ++i)
      if (lane + 32 * i < n) sum[i] += weights[j] * row[lane + 32 * i];
  }
}
__device__ void store_columns(float* row, const float (&v)[kLaneColumns], float factor, int n, int lane) {
#pragma unroll
  for (int i = 0; i < kLaneColumns; ++i)
    if (lane + 32 * i < n) row[lane + 32 * i] = v[i] * factor;
}
/// A warp's copy of a row in shared memory.
__device__ const float* keep_row(float* to, const float* row, int n, int lane) {
  for (int i = lane; i < n; i += 32) to[i] = row[i];
  __syncwarp();
  return to;
}
/// Each lane's weight, for all lanes of the warp.
__device__ const float* share(float* weights, float mine, int lane) {
  __syncwarp();  // the last ones have been read
  weights[lane] = mine;
  __syncwarp();
  return weights;
}

/// The sequence of row `index`, and the row's place in it.
__device__ Place find_row(int index, const Sequences& s) {
  return find_tile<false>(index, s.count, 1, [&](int i) { return s.cu_q[i + 1] - s.cu_q[i]; });
}

struct ForwardArguments {
  Rows<const float> q, k, v;
  Rows<float> o, lse;
  Sequences sequences;
  int heads, group;
  Scores scores;
};

__global__ void __launch_bounds__(kWarps * 32, 4) attention_forward_f32(ForwardArguments a) {
  FETTLE_SHARED(shared);
  WarpShared& own = reinterpret_cast<WarpShared*>(shared)[threadIdx.x / 32];
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32, n = a.scores.head_dim;
  const int index = int(blockIdx.x) * kWarps + warp, head = index % a.heads, column = head / a.group * n;
  const Place place = find_row(index / a.heads, a.sequences);
  if (place.sequence < 0) return;
  const Sequence s = a.sequences[place.sequence];
  const int64_t token = s.q_start + place.tile;
  const float* q = keep_row(own.row[0], a.q.row(token) + head * n, n, lane);
  const int last = s.first_position() + place.tile, window = a.scores.window;
  float o[kLaneColumns] = {}, largest = -1e30f, sum = 0, slope;
  for (int key = window > 0 && last >= window ? last - window + 1 : 0; key <= last; key += 32) {
    const int count = min(32, last + 1 - key);
    const float score =
        lane < count ? capped(dot(q, a.k.row(s.k_start + key + lane) + column, n) * a.scores.scale, a.scores, slope) : -INFINITY;
    const float before = largest;
    largest = fmaxf(largest, warp_max(score));
    const float correction = expf(before - largest), p = lane < count ? expf(score - largest) : 0.0f;
    sum = sum * correction + warp_sum(p);
#pragma unroll
    for (int i = 0; i < kLaneColumns; ++i) o[i] *= correction;
    add_rows(o, share(own.weight[0], p, lane), a.v, s.k_start + key, column, count, n, lane);
  }
  store_columns(a.o.row(token) + head * n, o, 1.0f / sum, n, lane);
  if (a.lse.data && lane == 0) a.lse.row(token)[head] = largest + logf(sum);
}

struct BackwardArguments {
  Rows<const float> q, k, v, o, dout, lse;
  Rows<float> dq, dk, dv;
  float* delta;  // [T, heads]
  Sequences sequences;
  int heads, group;
  Scores scores;
};

struct Gradient {
  float p, ds;
};
__device__ __forceinline__ Gradient gradient(const float* q, const float* dout, const float* k, const float* v, float lse, float delta,
                                             const Scores& s) {
  float slope;
  const float p = expf(capped(dot(q, k, s.head_dim) * s.scale, s, slope) - lse);
  return {p, p * (dot(dout, v, s.head_dim) - delta) * slope * s.scale};
}

__global__ void __launch_bounds__(kWarps * 32, 4) attention_backward_query_f32(BackwardArguments a) {
  FETTLE_SHARED(shared);
  WarpShared& own = reinterpret_cast<WarpShared*>(shared)[threadIdx.x / 32];
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32, n = a.scores.head_dim;
  const int index = int(blockIdx.x) * kWarps + warp, head = index % a.heads, column = head / a.group * n;
  const Place place = find_row(index / a.heads, a.sequences);
  if (place.sequence < 0) return;
  const Sequence s = a.sequences[place.sequence];
  const int64_t token = s.q_start + place.tile;
  const float* q = keep_row(own.row[0], a.q.row(token) + head * n, n, lane);
  const float* dout = keep_row(own.row[1], a.dout.row(token) + head * n, n, lane);
  float delta = 0;
  for (int i = lane; i < n; i += 32) delta += dout[i] * a.o.row(token)[head * n + i];
  delta = warp_sum(delta);
  if (lane == 0) a.delta[token * a.heads + head] = delta;
  const int last = place.tile, window = a.scores.window;
  float dq[kLaneColumns] = {};
  for (int key = window > 0 && last >= window ? last - window + 1 : 0; key <= last; key += 32) {
    const int count = min(32, last + 1 - key);
    const int64_t row = s.k_start + key + lane;
    const float ds =
        lane < count ? gradient(q, dout, a.k.row(row) + column, a.v.row(row) + column, a.lse.row(token)[head], delta, a.scores).ds : 0.0f;
    add_rows(dq, share(own.weight[0], ds, lane), a.k, s.k_start + key, column, count, n, lane);
  }
  store_columns(a.dq.row(token) + head * n, dq, 1.0f, n, lane);
}

__global__ void __launch_bounds__(kWarps * 32, 4) attention_backward_key_f32(BackwardArguments a) {
  FETTLE_SHARED(shared);
  WarpShared& own = reinterpret_cast<WarpShared*>(shared)[threadIdx.x / 32];
  const int warp = int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32, n = a.scores.head_dim, kv_heads = a.heads / a.group;
  const int index = int(blockIdx.x) * kWarps + warp, kv_head = index % kv_heads;
  const Place place = find_row(index / kv_heads, a.sequences);
  if (place.sequence < 0) return;
  const Sequence s = a.sequences[place.sequence];
  const int64_t token = s.q_start + place.tile;
  const float* k = keep_row(own.row[0], a.k.row(token) + kv_head * n, n, lane);
  const float* v = keep_row(own.row[1], a.v.row(token) + kv_head * n, n, lane);
  const int window = a.scores.window, end = window > 0 ? min(s.queries, place.tile + window) : s.queries;
  float dk[kLaneColumns] = {}, dv[kLaneColumns] = {};
  for (int head = kv_head * a.group; head < (kv_head + 1) * a.group; ++head) {
    for (int query = place.tile; query < end; query += 32) {
      const int count = min(32, end - query);
      const int64_t row = s.q_start + query + lane;
      const Gradient g = lane < count ? gradient(a.q.row(row) + head * n, a.dout.row(row) + head * n, k, v, a.lse.row(row)[head],
                                                 a.delta[row * a.heads + head], a.scores)
                                      : Gradient{0.0f, 0.0f};
      add_rows(dv, share(own.weight[0], g.p, lane), a.dout, s.q_start + query, head * n, count, n, lane);
      add_rows(dk, share(own.weight[1], g.ds, lane), a.q, s.q_start + query, head * n, count, n, lane);
    }
  }
  store_columns(a.dk.row(token) + kv_head * n, dk, 1.0f, n, lane);
  store_columns(a.dv.row(token) + kv_head * n, dv, 1.0f, n, lane);
}

void require_head_dim(const char* op, int head_dim) {
  if (head_dim > kMostColumns)
    throw Error("FETTLE_NOT_YET", std::string(op) + " has no kernel for head_dim " + std::to_string(head_dim), "use device: cpu");
}
dim3 warps(int64_t n) { return dim3(unsigned((n + kWarps - 1) / kWarps)); }

}  // namespace

void attention_f32_forward(Device& device, const AttentionForward& op) {
  require_head_dim(op.name, op.head_dim);
  const ForwardArguments a{rows_of<const float>(op.q),
                           rows_of<const float>(op.k),
                           rows_of<const float>(op.v),
                           rows_of<float>(op.o),
                           rows_of<float>(op.lse),
                           Sequences(op),
                           op.heads,
                           op.heads / op.kv_heads,
                           {op.head_dim, op.window, op.scale, op.soft_cap}};
  launch(device, op.name, attention_forward_f32, warps(op.q.rows * op.heads), dim3(kWarps * 32), kSharedBytes, a);
}

void attention_f32_backward(Device& device, const AttentionBackward& op) {
  require_head_dim(op.name, op.head_dim);
  const BackwardArguments a{rows_of<const float>(op.q),
                            rows_of<const float>(op.k),
                            rows_of<const float>(op.v),
                            rows_of<const float>(op.o),
                            rows_of<const float>(op.dout),
                            rows_of<const float>(op.lse),
                            rows_of<float>(op.dq),
                            rows_of<float>(op.dk),
                            rows_of<float>(op.dv),
                            static_cast<float*>(device.scratch(size_t(op.q.rows) * size_t(op.heads) * sizeof(float))),
                            Sequences(op),
                            op.heads,
                            op.heads / op.kv_heads,
                            {op.head_dim, op.window, op.scale, op.soft_cap}};
  launch(device, "attention_backward dq", attention_backward_query_f32, warps(op.q.rows * op.heads), dim3(kWarps * 32), kSharedBytes, a);
  launch(device, "attention_backward dk dv", attention_backward_key_f32, warps(op.q.rows * op.kv_heads), dim3(kWarps * 32), kSharedBytes,
         a);
}

}  // namespace fettle::cuda
