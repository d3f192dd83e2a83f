#pragma once
// FlashAttention-2's forward (Dao, 2023): a block takes a tile of query rows of one key-value head and walks over the keys they see, last
// block first. K and V blocks alternate in one ring of asynchronous copies.
// flops: 4 D per (row, key) pair; bytes: q and o once, k and v once a tile, mostly from L2
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/device/shared_tile.h"
#include "launch.h"

namespace fettle::cuda {

/// Warps x 16 RowTiles rows against blocks of Keys keys; Stages blocks of K and V are in shared memory at a time.
template <int HeadDim, int Warps, int RowTiles, int Keys, int Stages, int BlocksPerSm>
struct ForwardConfig {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kRowTiles = RowTiles, kWarpRows = 16 * RowTiles;
  static constexpr int kRows = Warps * kWarpRows, kKeys = Keys, kStages = Stages, kBlocksPerSm = BlocksPerSm;
  using QueryTile = SharedTile<kRows, HeadDim>;
  using KeyTile = SharedTile<Keys, HeadDim>;
  /// Queries that are read from shared memory only once lie where the last stage will.
  static constexpr bool kQueriesInRegisters = RowTiles == 1 && HeadDim <= 128 && kRows <= Keys;
  static constexpr int kQueriesAt = (kQueriesInRegisters ? Stages - 1 : Stages) * KeyTile::kBytes;
  static constexpr int kSharedBytes = Stages * KeyTile::kBytes + (kQueriesInRegisters ? 0 : QueryTile::kBytes);
  static_assert(Stages >= 2 && QueryTile::kBytes <= kSharedBytes);
};

struct ForwardArguments {
  HeadRows<const bf16> q, k, v;
  HeadRows<bf16> o;
  HeadRows<float> lse;
  float *partial_o, *partial_lse2;  // Split: [splits, T, heads, D] and [splits, T, heads], lse in units of log2
  int tokens;
  Sequences sequences;
  HeadShape shape;
  ScoreScale scale;
};

/// A block's work. Members live in registers: everything is inlined into the kernel.
template <class C, Variant V>
class ForwardTile {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::QueryTile;
  static constexpr bool kAligned = is_aligned(V);
  static constexpr int kColumns = C::kHeadDim / 8;  // tiles of 8 columns of o
  /// Below any score, and finite: a row that has seen no key yet gets 2^(-large), not 2^(inf - inf).
  static constexpr float kNothingSeen = -1e30f;

 public:
  __device__ __forceinline__ ForwardTile(const ForwardArguments& a, const RowTile& t, unsigned char* shared)
      : a_(a), t_(t), shared_(shared) {
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        largest_[m][half] = kNothingSeen;
        sum_[m][half] = 0.0f;
      }
    int first = t.first_block(C::kKeys), end = t.end_block(C::kKeys);
    if constexpr (is_split(V)) {
      const int share = (end - first + int(gridDim.y) - 1) / int(gridDim.y);
      first += share * int(blockIdx.y);
      end = min(end, first + share);
    }
    last_ = end - 1;
    steps_ = max(0, 2 * (end - first));
  }

  __device__ __forceinline__ void run() {
    fill_tile<QueryTile, C::kThreads, kAligned>(shared_ + C::kQueriesAt, t_.rows, a_.shape.head_dim, [&](int r) {
      const TileRow row = t_[r];
      return a_.q.at(row.token, row.head * a_.shape.head_dim);
    });
    cp_async_commit();
#pragma unroll
    for (int step = 0; step < C::kStages - 1; ++step) copy(step);
    if constexpr (C::kQueriesInRegisters) {
      cp_async_wait<C::kStages - 1>();
      __syncthreads();
#pragma unroll
      for (int k = 0; k < C::kHeadDim / 16; ++k) AOperand<QueryTile>(warp_row_, lane_).load(q_[k][0], shared_, C::kQueriesAt, 0, k);
    }
    for (int step = 0; step < steps_; step += 2) {
      float x[C::kRowTiles][C::kKeys / 8][4] = {};
      uint32_t p[C::kKeys / 16][C::kRowTiles][4];
      next(step);
      scores(x, opaque(step % C::kStages * KeyTile::kBytes));
      if constexpr (may_cap(V)) cap(x);
      mask(x, (last_ - step / 2) * C::kKeys);
      probabilities(x, p);
      next(step + 1);
      const BOperand<KeyTile, true> value_operand(int(opaque(lane_)));
      const uint32_t values = opaque((step + 1) % C::kStages * KeyTile::kBytes);
#pragma unroll
      for (int k = 0; k < C::kKeys / 16; ++k) value_operand.multiply(o_, p[k], shared_, values, k);
    }
    cp_async_wait<0>();
    finish();
  }

 private:
  /// Starts the copies of a step: of step 2 i the keys of block last - i, of step 2 i + 1 their values.
  __device__ __forceinline__ void copy(int step) {
    if (step < steps_) {
      const HeadRows<const bf16>& from = step % 2 == 0 ? a_.k : a_.v;
      const int first = (last_ - step / 2) * C::kKeys, column = t_.kv_head * a_.shape.head_dim;
      const Sequence& s = t_.sequence;
      fill_tile<KeyTile, C::kThreads, kAligned>(shared_ + step % C::kStages * KeyTile::kBytes, s.keys - first, a_.shape.head_dim,
                                                [&](int r) {
                                                  if constexpr (is_split(V)) return from.at(s.key_row(min(first + r, s.keys - 1)), column);
                                                  return from.at(s.k_start + first, column) + r * from.ld;
                                                });
    }
    cp_async_commit();
  }
  /// What `step` needs has come; the stage that the step before it used is refilled.
  __device__ __forceinline__ void next(int step) {
    cp_async_wait<C::kStages - 2>();
    __syncthreads();
    copy(step + C::kStages - 1);
  }

  /// The row of the tile that element 2 half of a product's tile m lies in.
  __device__ __forceinline__ int row_of(int m, int half) const { return warp_row_ + 16 * m + 8 * half + lane_ / 4; }

  __device__ __forceinline__ void scores(float (&x)[C::kRowTiles][C::kKeys / 8][4], uint32_t keys) {
    const int lane = int(opaque(lane_));  // registers are short: what serves one product is made for it
    const AOperand<QueryTile> query_operand(warp_row_, lane);
    const BOperand<KeyTile, false> key_operand(lane);
    const uint32_t queries = opaque(C::kQueriesAt);
#pragma unroll
    for (int k = 0; k < C::kHeadDim / 16; ++k) {
      if constexpr (C::kQueriesInRegisters) {
        key_operand.multiply(x, q_[k], shared_, keys, k);
      } else {
#pragma unroll
        for (int m = 0; m < C::kRowTiles; ++m) query_operand.load(q_[0][m], shared_, queries, 16 * m, k);
        key_operand.multiply(x, q_[0], shared_, keys, k);
      }
    }
  }
  __device__ __forceinline__ void cap(float (&x)[C::kRowTiles][C::kKeys / 8][4]) const {
    if (V == Variant::General && a_.scale.cap_scale == 0.0f) return;
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
      for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
        for (int e = 0; e < 4; ++e) x[m][n][e] = tanh_approx(x[m][n][e] * a_.scale.cap_scale);
  }
  __device__ __forceinline__ void mask(float (&x)[C::kRowTiles][C::kKeys / 8][4], int first_key) const {
    if (!t_.needs_mask(first_key, C::kKeys)) return;
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int distance = t_.position(row_of(m, half)) - first_key - lane_ % 4 * 2;  // from this lane's first column
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
          for (int e = 0; e < 2; ++e)
            if (!in_window(distance - 8 * n - e, a_.shape.window)) x[m][n][2 * half + e] = -INFINITY;
      }
  }
  /// One step of the online softmax: x to p, as mma's a; what was summed so far is brought under the new maximum.
  __device__ __forceinline__ void probabilities(const float (&x)[C::kRowTiles][C::kKeys / 8][4],
                                                uint32_t (&p)[C::kKeys / 16][C::kRowTiles][4]) {
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        float largest = largest_[m][half];
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n) largest = fmaxf(largest, fmaxf(x[m][n][2 * half], x[m][n][2 * half + 1]));
        largest = fmaxf(largest, shuffle_xor(largest, 1));
        largest = fmaxf(largest, shuffle_xor(largest, 2));
        const float correction = exp2_approx((largest_[m][half] - largest) * a_.scale.factor), shift = -largest * a_.scale.factor;
        largest_[m][half] = largest;
        sum_[m][half] *= correction;
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n) {
          const float p0 = exp2_approx(__fmaf_rn(x[m][n][2 * half], a_.scale.factor, shift));
          const float p1 = exp2_approx(__fmaf_rn(x[m][n][2 * half + 1], a_.scale.factor, shift));
          sum_[m][half] += p0 + p1;
          p[n / 2][m][n % 2 * 2 + half] = pack_bf16(p0, p1);
        }
#pragma unroll
        for (int n = 0; n < kColumns; ++n) o_[m][n][2 * half] *= correction, o_[m][n][2 * half + 1] *= correction;
      }
  }

  __device__ __forceinline__ void finish() {
    __syncthreads();  // the ring is free
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m) {
      float inverse[2];
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int row = row_of(m, half);
        float sum = sum_[m][half];
        sum += shuffle_xor(sum, 1);
        sum += shuffle_xor(sum, 2);
        inverse[half] = is_split(V) && sum == 0.0f ? 0.0f : reciprocal_approx(sum);
        if (row < t_.rows) {
          const float lse2 = largest_[m][half] * a_.scale.factor + log2f(sum);
          if constexpr (is_split(V))
            store_partial(t_[row], o_[m], half, inverse[half], lse2);
          else if (a_.lse.data && lane_ % 4 == 0)
            *a_.lse.at(t_[row].token, t_[row].head) = lse2 * kLn2;
        }
      }
      if constexpr (!is_split(V)) sums_to_tile<QueryTile>(shared_, o_[m], warp_row_ + 16 * m, inverse, lane_);
    }
    if constexpr (!is_split(V)) {
      __syncwarp();
      store_rows<QueryTile, kAligned>(shared_, warp_row_, C::kWarpRows, t_.rows, a_.shape.head_dim, lane_, [&](int r) {
        const TileRow row = t_[r];
        return a_.o.at(row.token, row.head * a_.shape.head_dim);
      });
    }
  }
  __device__ __forceinline__ void store_partial(const TileRow& row, const float (&o)[kColumns][4], int half, float inverse,
                                                float lse2) const {
    const int64_t at = (int64_t(blockIdx.y) * a_.tokens + row.token) * a_.shape.heads() + row.head;
    if (lane_ % 4 == 0) a_.partial_lse2[at] = lse2;
#pragma unroll
    for (int n = 0; n < kColumns; ++n) {
      const int column = 8 * n + lane_ % 4 * 2;
      if (column < a_.shape.head_dim)  // a multiple of 8
        *reinterpret_cast<float2*>(a_.partial_o + at * a_.shape.head_dim + column) =
            make_float2(o[n][2 * half] * inverse, o[n][2 * half + 1] * inverse);
    }
  }

  const ForwardArguments& a_;
  const RowTile& t_;
  unsigned char* shared_;
  int lane_ = int(threadIdx.x) % 32, warp_row_ = int(threadIdx.x) / 32 * C::kWarpRows;
  int last_, steps_;
  uint32_t q_[C::kQueriesInRegisters ? C::kHeadDim / 16 : 1][C::kRowTiles][4];
  float o_[C::kRowTiles][kColumns][4] = {};
  float largest_[C::kRowTiles][2], sum_[C::kRowTiles][2];  // of a row; sum: this lane's part
};

/// Grid: (tiles x kv_heads, splits).
template <class C, Variant V>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_forward(const __grid_constant__ ForwardArguments a) {
  FETTLE_SHARED(shared);
  const int kv_head = int(blockIdx.x) % a.shape.kv_heads;
  const Place place = find_tile<true>(int(blockIdx.x) / a.shape.kv_heads, a.sequences.count, C::kRows,
                                      [&](int s) { return a.sequences.queries(s) * a.shape.group_size(); });
  if (place.sequence < 0) return;
  const RowTile tile(a.shape, a.sequences[place.sequence], kv_head, place.tile, C::kRows);
  ForwardTile<C, V>(a, tile, shared).run();
}

}  // namespace fettle::cuda
