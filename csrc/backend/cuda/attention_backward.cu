// FlashAttention-2's backward (Dao, 2023) in two kernels, so that no sum crosses blocks: dk and dv by blocks of keys, dq by tiles of rows.
// With p = exp(score - lse): dv = p^T do; ds = p * (do v^T - delta), delta = rowsum(do * o); dq = scale ds k; dk = scale ds^T q.
// flops: 8 D (keys) and 6 D (rows) per (row, key) pair
#include "backend/cuda/attention_f32.h"
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/config.h"
#include "backend/cuda/device.h"
#include "backend/cuda/device/shared_tile.h"
#include "backend/cuda/device/vector.h"

namespace fettle::cuda {
namespace {

struct Arguments {
  Rows<const bf16> q, k, v, o, dout;
  Rows<const float> lse;
  Rows<bf16> dq, dk, dv;
  float *lse2, *delta;  // [T, heads]: lse in units of log2, rowsum(do * o)
  Sequences sequences;
  HeadShape shape;
  ScoreScale scale;
  float gradient_scale;
  int64_t pieces;  // T * heads

  __device__ int heads() const { return shape.kv_heads * shape.group_size(); }
  /// Where the row's values begin, and its place in lse2 and delta.
  __device__ int64_t column(const RowTile& t, int kv_head, int row) const {
    return int64_t(kv_head * shape.group_size() + t.head(shape, row)) * shape.head_dim;
  }
  __device__ int64_t place(const RowTile& t, int kv_head, int row) const {
    return int64_t(t.token(shape, row)) * heads() + kv_head * shape.group_size() + t.head(shape, row);
  }
};

constexpr int kDeltaThreads = 128;

/// delta and lse2; `lanes`, a power of two, share a head's row of o and do. bytes: o and do once
template <bool Aligned>
__global__ void __launch_bounds__(kDeltaThreads) attention_delta(Arguments a, int lanes) {
  const int64_t piece = (int64_t(blockIdx.x) * kDeltaThreads + threadIdx.x) / lanes;
  const int lane = int(threadIdx.x) % lanes;
  const int64_t token = piece / a.heads();
  const int head = int(piece % a.heads());
  const bool there = piece < a.pieces;
  float sum = 0;
  if (there) {
    float o[8], dout[8];
    load_row8<Aligned>(o, a.o.row(token) + head * a.shape.head_dim, lane * 8, a.shape.head_dim);
    load_row8<Aligned>(dout, a.dout.row(token) + head * a.shape.head_dim, lane * 8, a.shape.head_dim);
#pragma unroll
    for (int j = 0; j < 8; ++j) sum += o[j] * dout[j];
  }
  for (int mask = lanes / 2; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
  if (there && lane == 0) {
    a.delta[piece] = sum;
    a.lse2[piece] = a.lse.row(token)[head] * 1.4426950408889634f;
  }
}

/// From q k^T (x) and do v^T (dp) of one element: p and ds without the factor `scale`.
struct Gradient {
  float p, ds;
  __device__ Gradient(float x, float dp, float lse2, float delta, const ScoreScale& s) {
    p = exp2_approx(__fmaf_rn(x, s.factor, -lse2));  // not in an initializer: nvcc gives those to the host compiler too
    ds = p * (dp - delta);
  }
};
/// With a soft cap: x becomes tanh(x * cap_scale), and dp - delta is multiplied by its slope.
__device__ __forceinline__ void cap(float& x, float& dp, float delta, const ScoreScale& s) {
  x = tanh_approx(x * s.cap_scale);
  dp = __fmaf_rn(dp - delta, 1.0f - x * x, delta);
}

// ---- dk and dv

/// Sums that one kernel makes: with head_dim 256 there are registers for one only.
enum class Sums { Both, Keys, Values };

/// Warps x 16 keys against tiles of Rows rows of q and do.
template <int HeadDim, int Warps, int Rows_, int Stages, int BlocksPerSm, Sums Which = Sums::Both>
struct KeyConfig {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kKeys = Warps * 16, kRows = Rows_, kStages = Stages;
  static constexpr int kBlocksPerSm = BlocksPerSm;
  static constexpr bool kSumKeys = Which != Sums::Values, kSumValues = Which != Sums::Keys;
  using KeyTile = SharedTile<kKeys, HeadDim>;
  using RowTileBytes = SharedTile<kRows, HeadDim>;
  // a stage: q, do, lse2, delta
  static constexpr int kDout = RowTileBytes::kBytes, kLse2 = 2 * kDout, kDelta = kLse2 + kRows * 4, kStageBytes = kDelta + kRows * 4;
  static constexpr int kValuesAt = KeyTile::kBytes, kRingAt = (kSumKeys ? 2 : 1) * KeyTile::kBytes;
  static constexpr int kSharedBytes = kRingAt + kStages * kStageBytes;
};

template <class C, bool Aligned>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_backward_keys(Arguments a) {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::RowTileBytes;
  constexpr int kColumns = C::kHeadDim / 8, kRowColumns = C::kRows / 8;
  FETTLE_SHARED(shared);
  const HeadShape& h = a.shape;
  const int kv_head = int(blockIdx.x) % h.kv_heads;
  const Place place = find_tile<false>(int(blockIdx.x) / h.kv_heads, a.sequences.count, C::kKeys,
                                       [&](int s) { return a.sequences.cu_q[s + 1] - a.sequences.cu_q[s]; });
  if (place.sequence < 0) return;
  const Sequence sequence = a.sequences[place.sequence];
  const int first_key = place.tile * C::kKeys, keys = sequence.keys - first_key;
  const int lane = int(threadIdx.x) % 32, warp_key = int(threadIdx.x) / 32 * 16;
  const RowRange rows(sequence, h, first_key, C::kKeys);
  const int first_tile = rows.first / C::kRows, tiles = (rows.end + C::kRows - 1) / C::kRows - first_tile;

  auto copy_keys = [&](const Rows<const bf16>& from, unsigned char* to) {
    const bf16* base = from.row(sequence.k_start + first_key) + kv_head * h.head_dim;
    copy_to_tile<KeyTile, C::kThreads, Aligned>(to, keys, h.head_dim, [&](int r) { return base + r * from.ld; });
  };
  auto copy = [&](int i) {
    if (i < tiles) {
      const RowTile t(sequence, h, first_tile + i, C::kRows);
      unsigned char* stage = shared + C::kRingAt + i % C::kStages * C::kStageBytes;
      copy_to_tile<QueryTile, C::kThreads, Aligned>(stage, t.rows, h.head_dim,
                                                    [&](int r) { return a.q.row(t.token(h, r)) + a.column(t, kv_head, r); });
      copy_to_tile<QueryTile, C::kThreads, Aligned>(stage + C::kDout, t.rows, h.head_dim,
                                                    [&](int r) { return a.dout.row(t.token(h, r)) + a.column(t, kv_head, r); });
      for (int r = int(threadIdx.x); r < C::kRows; r += C::kThreads) {
        const bool valid = r < t.rows;
        const int64_t from = a.place(t, kv_head, valid ? r : 0);
        cp_async4(stage + C::kLse2 + 4 * r, a.lse2 + from, valid);
        cp_async4(stage + C::kDelta + 4 * r, a.delta + from, valid);
      }
    }
    cp_async_commit();
  };
  copy_keys(a.k, shared);
  if constexpr (C::kSumKeys) copy_keys(a.v, shared + C::kValuesAt);
#pragma unroll
  for (int i = 0; i < C::kStages - 1; ++i) copy(i);

  float dk[1][C::kSumKeys ? kColumns : 1][4] = {}, dv[1][C::kSumValues ? kColumns : 1][4] = {};
  for (int i = 0; i < tiles; ++i) {
    const RowTile t(sequence, h, first_tile + i, C::kRows);
    cp_async_wait<C::kStages - 2>();
    __syncthreads();
    copy(i + C::kStages - 1);
    const unsigned char* q = shared + C::kRingAt + i % C::kStages * C::kStageBytes;
    const unsigned char* dout = q + C::kDout;

    float x[1][kRowColumns][4] = {}, dp[1][kRowColumns][4] = {};  // [16 keys][rows]
#pragma unroll
    for (int k = 0; k < C::kHeadDim / 16; ++k) {
      uint32_t from[1][4];
      load_a<KeyTile>(from[0], shared, warp_key, k, lane);
      multiply<QueryTile>(x, from, q, k, lane);
      if constexpr (C::kSumKeys) {
        load_a<KeyTile>(from[0], shared + C::kValuesAt, warp_key, k, lane);
        multiply<QueryTile>(dp, from, dout, k, lane);
      }
    }

    const float* lse2 = reinterpret_cast<const float*>(q + C::kLse2) + lane % 4 * 2;
    const float* delta = reinterpret_cast<const float*>(q + C::kDelta) + lane % 4 * 2;
    if (a.scale.cap_scale != 0.0f)
#pragma unroll
      for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
        for (int e = 0; e < 4; ++e) cap(x[0][n][e], dp[0][n][e], delta[8 * n + e % 2], a.scale);
    if (t.needs_mask(h, first_key, C::kKeys))
#pragma unroll
      for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (!sees(t.position(h, 8 * n + lane % 4 * 2 + e % 2), first_key + warp_key + lane / 4 + e / 2 * 8, h.window))
            x[0][n][e] = -INFINITY;

    uint32_t p[C::kRows / 16][1][4], ds[C::kRows / 16][1][4];
#pragma unroll
    for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const Gradient g0(x[0][n][2 * half], dp[0][n][2 * half], lse2[8 * n], delta[8 * n], a.scale);
        const Gradient g1(x[0][n][2 * half + 1], dp[0][n][2 * half + 1], lse2[8 * n + 1], delta[8 * n + 1], a.scale);
        p[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.p, g1.p);
        ds[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.ds, g1.ds);
      }
#pragma unroll
    for (int k = 0; k < C::kRows / 16; ++k) {
      if constexpr (C::kSumValues) multiply_transposed<QueryTile>(dv, p[k], dout, k, lane);
      if constexpr (C::kSumKeys) multiply_transposed<QueryTile>(dk, ds[k], q, k, lane);
    }
  }

  // a warp reads only its own keys' rows of these tiles: its results can take their place
  cp_async_wait<0>();
  __syncwarp();
  auto store = [&](const Rows<bf16>& to, unsigned char* tile) {
    bf16* base = to.row(sequence.k_start + first_key) + kv_head * h.head_dim;
    __syncwarp();
    store_rows<KeyTile, Aligned>(tile, warp_key, 16, keys, h.head_dim, lane, [&](int r) { return base + r * to.ld; });
  };
  if constexpr (C::kSumValues) {
    unsigned char* tile = shared + (C::kSumKeys ? C::kValuesAt : 0);
    sums_to_tile<KeyTile>(tile, dv[0], warp_key, 1.0f, lane);
    store(a.dv, tile);
  }
  if constexpr (C::kSumKeys) {
    sums_to_tile<KeyTile>(shared, dk[0], warp_key, a.gradient_scale, lane);
    store(a.dk, shared);
  }
}

// ---- dq

/// Warps x 16 rows against blocks of Keys keys.
template <int HeadDim, int Warps, int Keys, int Stages, int BlocksPerSm>
struct QueryConfig {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kRows = Warps * 16, kKeys = Keys, kStages = Stages;
  static constexpr int kBlocksPerSm = BlocksPerSm;
  using QueryTile = SharedTile<kRows, HeadDim>;
  using KeyTile = SharedTile<Keys, HeadDim>;
  // q, do, then stages of k, v
  static constexpr int kDoutAt = QueryTile::kBytes, kRingAt = 2 * QueryTile::kBytes, kStageBytes = 2 * KeyTile::kBytes;
  static constexpr int kSharedBytes = kRingAt + kStages * kStageBytes;
};

template <class C, bool Aligned>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_backward_queries(Arguments a) {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::QueryTile;
  FETTLE_SHARED(shared);
  const HeadShape& h = a.shape;
  const int group = h.group_size(), kv_head = int(blockIdx.x) % h.kv_heads;
  const Place place = find_tile<true>(int(blockIdx.x) / h.kv_heads, a.sequences.count, C::kRows,
                                      [&](int s) { return (a.sequences.cu_q[s + 1] - a.sequences.cu_q[s]) * group; });
  if (place.sequence < 0) return;
  const RowTile t(a.sequences[place.sequence], h, place.tile, C::kRows);
  const int lane = int(threadIdx.x) % 32, warp_row = int(threadIdx.x) / 32 * 16;

  const int last = t.end_block(C::kKeys) - 1, blocks = last + 1 - t.first_block(h, C::kKeys);
  auto copy = [&](int i) {
    if (i < blocks) {
      const int first = (last - i) * C::kKeys;
      unsigned char* stage = shared + C::kRingAt + i % C::kStages * C::kStageBytes;
      auto copy_keys = [&](const Rows<const bf16>& from, unsigned char* to) {
        const bf16* base = from.row(t.sequence.k_start + first) + kv_head * h.head_dim;
        copy_to_tile<KeyTile, C::kThreads, Aligned>(to, t.sequence.keys - first, h.head_dim, [&](int r) { return base + r * from.ld; });
      };
      copy_keys(a.k, stage);
      copy_keys(a.v, stage + KeyTile::kBytes);
    }
    cp_async_commit();
  };
  copy_to_tile<QueryTile, C::kThreads, Aligned>(shared, t.rows, h.head_dim,
                                                [&](int r) { return a.q.row(t.token(h, r)) + a.column(t, kv_head, r); });
  copy_to_tile<QueryTile, C::kThreads, Aligned>(shared + C::kDoutAt, t.rows, h.head_dim,
                                                [&](int r) { return a.dout.row(t.token(h, r)) + a.column(t, kv_head, r); });
#pragma unroll
  for (int i = 0; i < C::kStages - 1; ++i) copy(i);

  float lse2[2], delta[2];
  int position[2];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = warp_row + 8 * half + lane / 4, valid = min(row, t.rows - 1);
    lse2[half] = a.lse2[a.place(t, kv_head, valid)];
    delta[half] = a.delta[a.place(t, kv_head, valid)];
    position[half] = t.position(h, row);
  }

  float dq[1][C::kHeadDim / 8][4] = {};
  for (int i = 0; i < blocks; ++i) {
    const int first_key = (last - i) * C::kKeys;
    cp_async_wait<C::kStages - 2>();
    __syncthreads();
    copy(i + C::kStages - 1);
    const unsigned char* keys = shared + C::kRingAt + i % C::kStages * C::kStageBytes;
    const unsigned char* values = keys + KeyTile::kBytes;

    float x[1][C::kKeys / 8][4] = {}, dp[1][C::kKeys / 8][4] = {};
#pragma unroll
    for (int k = 0; k < C::kHeadDim / 16; ++k) {
      uint32_t from[1][4];
      load_a<QueryTile>(from[0], shared, warp_row, k, lane);
      multiply<KeyTile>(x, from, keys, k, lane);
      load_a<QueryTile>(from[0], shared + C::kDoutAt, warp_row, k, lane);
      multiply<KeyTile>(dp, from, values, k, lane);
    }

    if (a.scale.cap_scale != 0.0f)
#pragma unroll
      for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
        for (int e = 0; e < 4; ++e) cap(x[0][n][e], dp[0][n][e], delta[e / 2], a.scale);
    if (t.needs_mask(h, first_key, C::kKeys))
#pragma unroll
      for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
        for (int e = 0; e < 4; ++e)
          if (!sees(position[e / 2], first_key + 8 * n + lane % 4 * 2 + e % 2, h.window)) x[0][n][e] = -INFINITY;

    uint32_t ds[C::kKeys / 16][1][4];
#pragma unroll
    for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const Gradient g0(x[0][n][2 * half], dp[0][n][2 * half], lse2[half], delta[half], a.scale);
        const Gradient g1(x[0][n][2 * half + 1], dp[0][n][2 * half + 1], lse2[half], delta[half], a.scale);
        ds[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.ds, g1.ds);
      }
#pragma unroll
    for (int k = 0; k < C::kKeys / 16; ++k) multiply_transposed<KeyTile>(dq, ds[k], keys, k, lane);
  }

  // a warp reads only its own rows of q's tile: its results can take their place
  cp_async_wait<0>();
  __syncwarp();
  sums_to_tile<QueryTile>(shared, dq[0], warp_row, a.gradient_scale, lane);
  __syncwarp();
  store_rows<QueryTile, Aligned>(shared, warp_row, 16, t.rows, h.head_dim, lane,
                                 [&](int r) { return a.dq.row(t.token(h, r)) + a.column(t, kv_head, r); });
}

// ---- the launcher

struct Question {
  int head_dim;
  bool aligned;
  size_t shared_limit;
  std::string text() const { return "head_dim " + std::to_string(head_dim) + (aligned ? "" : " with rows that are not 16-byte aligned"); }
};

struct Entry {
  const char* name;
  int head_dim;
  bool aligned;
  int tile, threads;  // rows of q or keys that a block takes
  size_t shared_bytes;
  void (*kernel)(Arguments);
  void (*second)(Arguments);  // null, or as `kernel`, for the other sum
  bool fits(const Question& q) const { return q.head_dim <= head_dim && q.aligned == aligned && shared_bytes <= q.shared_limit; }
};

template <class C, bool Aligned = true>
constexpr Entry keys(const char* name) {
  return {name, C::kHeadDim, Aligned, C::kKeys, C::kThreads, size_t(C::kSharedBytes), attention_backward_keys<C, Aligned>, nullptr};
}
/// dk first, then dv.
template <class C, class Second, bool Aligned = true>
constexpr Entry keys_then_values(const char* name) {
  static_assert(C::kKeys == Second::kKeys && C::kThreads == Second::kThreads && Second::kSharedBytes <= C::kSharedBytes);
  return {name,
          C::kHeadDim,
          Aligned,
          C::kKeys,
          C::kThreads,
          size_t(C::kSharedBytes),
          attention_backward_keys<C, Aligned>,
          attention_backward_keys<Second, Aligned>};
}
template <class C, bool Aligned = true>
constexpr Entry queries(const char* name) {
  return {name, C::kHeadDim, Aligned, C::kRows, C::kThreads, size_t(C::kSharedBytes), attention_backward_queries<C, Aligned>, nullptr};
}

// by head_dim, the best first; names: keys x rows
const Entry kKeyTable[] = {
    keys<KeyConfig<32, 4, 64, 2, 2>>("64x64"),
    keys<KeyConfig<64, 4, 64, 2, 2>>("64x64"),
    keys<KeyConfig<80, 4, 32, 2, 2>>("64x32"),
    keys<KeyConfig<96, 4, 32, 2, 2>>("64x32"),
    keys<KeyConfig<128, 4, 64, 2, 1>>("64x64"),
    keys<KeyConfig<128, 8, 32, 2, 1>>("128x32"),
    keys_then_values<KeyConfig<256, 4, 32, 2, 1, Sums::Keys>, KeyConfig<256, 4, 32, 2, 1, Sums::Values>>("64x32"),
    keys_then_values<KeyConfig<256, 4, 16, 2, 1, Sums::Keys>, KeyConfig<256, 4, 16, 2, 1, Sums::Values>>("64x16"),
    keys<KeyConfig<64, 4, 32, 2, 2>, false>("64x32"),
    keys_then_values<KeyConfig<256, 4, 16, 2, 1, Sums::Keys>, KeyConfig<256, 4, 16, 2, 1, Sums::Values>, false>("64x16"),
};
// names: rows x keys
const Entry kQueryTable[] = {
    queries<QueryConfig<32, 4, 64, 2, 2>>("64x64"),        queries<QueryConfig<64, 4, 64, 2, 2>>("64x64"),
    queries<QueryConfig<80, 4, 32, 2, 2>>("64x32"),        queries<QueryConfig<96, 4, 32, 2, 2>>("64x32"),
    queries<QueryConfig<128, 4, 64, 2, 1>>("64x64"),       queries<QueryConfig<128, 4, 32, 2, 1>>("64x32"),
    queries<QueryConfig<256, 4, 32, 2, 1>>("64x32"),       queries<QueryConfig<256, 4, 16, 2, 1>>("64x16"),
    queries<QueryConfig<64, 4, 32, 2, 2>, false>("64x32"), queries<QueryConfig<256, 4, 16, 2, 1>, false>("64x16"),
};

void backward_bf16(Device& device, const AttentionBackward& op) {
  const int group = op.heads / op.kv_heads, sequences = int(op.cu.size()) - 1;
  const bool aligned = rows_aligned(op.q, op.k, op.v, op.o, op.dout, op.dq, op.dk, op.dv) && op.head_dim % 8 == 0;
  const Question question{op.head_dim, aligned, device.properties().sharedMemPerBlockOptin};
  const Entry& by_keys = choose_config("attention_backward_keys", kKeyTable, question);
  const Entry& by_queries = choose_config("attention_backward_queries", kQueryTable, question);

  const int64_t pieces = op.q.rows * op.heads;
  float* scratch = static_cast<float*>(device.scratch(size_t(pieces) * 2 * sizeof(float)));
  const Arguments a{rows_of<const bf16>(op.q),
                    rows_of<const bf16>(op.k),
                    rows_of<const bf16>(op.v),
                    rows_of<const bf16>(op.o),
                    rows_of<const bf16>(op.dout),
                    rows_of<const float>(op.lse),
                    rows_of<bf16>(op.dq),
                    rows_of<bf16>(op.dk),
                    rows_of<bf16>(op.dv),
                    scratch,
                    scratch + pieces,
                    {op.cu.as<const int32_t>(), nullptr, nullptr, sequences},
                    {op.kv_heads, op.head_dim, op.window, Divider(uint32_t(group))},
                    ScoreScale(op.scale, op.soft_cap),
                    op.scale,
                    pieces};
  int lanes = 1;
  while (lanes * 8 < op.head_dim) lanes *= 2;
  launch(device, "attention_backward delta", aligned ? attention_delta<true> : attention_delta<false>,
         dim3(unsigned((pieces * lanes + kDeltaThreads - 1) / kDeltaThreads)), dim3(kDeltaThreads), 0, a, lanes);
  auto start = [&](const char* name, const Entry& e, void (*kernel)(Arguments), int64_t rows) {
    if (kernel)
      launch(device, name, kernel, dim3(unsigned(most_tiles(rows, sequences, e.tile) * op.kv_heads)), dim3(unsigned(e.threads)),
             e.shared_bytes, a);
  };
  start("attention_backward dk dv", by_keys, by_keys.kernel, op.k.rows);
  start("attention_backward dv", by_keys, by_keys.second, op.k.rows);
  start("attention_backward dq", by_queries, by_queries.kernel, op.q.rows * group);
}

}  // namespace

void run(Device& device, const AttentionBackward& op) {
  if (op.q.rows == 0 || op.cu.size() < 2) return;
  if (op.q.dtype == DType::BF16) return backward_bf16(device, op);
  attention_f32_backward(device, op);
}

}  // namespace fettle::cuda
