#pragma once
// FlashAttention-2's backward (Dao, 2023) in two kernels, so that no sum crosses blocks: dk and dv by blocks of keys, dq by tiles of rows.
// With p = exp(score - lse): dv = p^T do; ds = p * (do v^T - delta), delta = rowsum(do * o); dq = scale ds k; dk = scale ds^T q.
// flops: 8 D (keys) and 6 D (queries) per (row, key) pair
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/device/shared_tile.h"
#include "launch.h"

namespace fettle::cuda {

struct BackwardArguments {
  HeadRows<const bf16> q, k, v, o, dout;
  HeadRows<const float> lse;
  HeadRows<bf16> dq, dk, dv;
  float *lse2, *delta;  // [T, heads]: lse in units of log2, rowsum(do * o)
  int tokens;
  Sequences sequences;
  HeadShape shape;
  ScoreScale scale;
  float gradient_scale;

  __device__ int place(const TileRow& row) const { return row.token * shape.heads() + row.head; }
};

/// p and ds (without the factor `scale`) of one element, from x = q k^T and dp = do v^T.
struct ElementGradient {
  float p, ds;
  __device__ __forceinline__ ElementGradient(float x, float dp, float lse2, float delta, const ScoreScale& s) {
    p = exp2_approx(__fmaf_rn(x, s.factor, -lse2));  // not in an initializer: nvcc gives those to the host compiler too
    ds = p * (dp - delta);
  }
};
/// With a soft cap: x becomes tanh(x * cap_scale), and dp - delta is multiplied by its slope.
__device__ __forceinline__ void cap_element(float& x, float& dp, float delta, const ScoreScale& s) {
  x = tanh_approx(x * s.cap_scale);
  dp = __fmaf_rn(dp - delta, 1.0f - x * x, delta);
}

/// Sums that a kernel of keys makes: with head_dim 256 there are registers for one only.
enum class Sums { Both, Keys, Values };

/// Warps x 16 keys against tiles of Rows rows of q and do, Stages of which are in shared memory at a time.
template <int HeadDim, int Warps, int Rows, int Stages, int BlocksPerSm, Sums Which = Sums::Both>
struct KeyConfig {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kKeys = Warps * 16, kTile = kKeys, kRows = Rows, kStages = Stages;
  static constexpr int kBlocksPerSm = BlocksPerSm;
  static constexpr bool kSumKeys = Which != Sums::Values, kSumValues = Which != Sums::Keys;
  using KeyTile = SharedTile<kKeys, HeadDim>;
  using QueryTile = SharedTile<Rows, HeadDim>;
  // a stage: q, do, lse2, delta
  static constexpr int kDout = QueryTile::kBytes, kLse2 = 2 * kDout, kDelta = kLse2 + Rows * 4;
  static constexpr int kStageBytes = (kDelta + Rows * 4 + kTileRowBytes - 1) / kTileRowBytes * kTileRowBytes;
  // k, v if need be, the stages
  static constexpr int kValuesAt = kSumKeys ? KeyTile::kBytes : 0, kRingAt = kValuesAt + KeyTile::kBytes;
  static constexpr int kSharedBytes = kRingAt + Stages * kStageBytes;
};

template <class C, Variant V>
class KeyBlock {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::QueryTile;
  static constexpr bool kAligned = is_aligned(V);
  static constexpr int kColumns = C::kHeadDim / 8, kRowColumns = C::kRows / 8;  // tiles of 8 columns, of 8 rows
  using Products = float[1][kRowColumns][4];                                    // [16 keys][rows]
  using Operand = uint32_t[C::kRows / 16][1][4];

 public:
  __device__ __forceinline__ KeyBlock(const BackwardArguments& a, const Sequence& s, int kv_head, int block, unsigned char* shared)
      : a_(a),
        sequence_(s),
        kv_head_(kv_head),
        first_key_(block * C::kKeys),
        shared_(shared),
        key_operand_(warp_key_, lane_),
        row_operand_(lane_),
        sum_operand_(lane_) {
    // rows that see some key of the block
    const int group = a.shape.group_size(), query = first_key_ - s.first_position();
    const int end = min(s.queries, query + C::kKeys - 1 + a.shape.window) * group;
    first_tile_ = max(0, query) * group / C::kRows;
    tiles_ = (end + C::kRows - 1) / C::kRows - first_tile_;
  }

  __device__ __forceinline__ void run() {
    copy_keys(a_.k, shared_);
    if constexpr (C::kSumKeys) copy_keys(a_.v, shared_ + C::kValuesAt);
#pragma unroll
    for (int i = 0; i < C::kStages - 1; ++i) copy(i);
    for (int i = 0; i < tiles_; ++i) {
      cp_async_wait<C::kStages - 2>();
      __syncthreads();
      copy(i + C::kStages - 1);
      const uint32_t q = C::kRingAt + i % C::kStages * C::kStageBytes, dout = q + C::kDout;
      Products x = {}, dp = {};
#pragma unroll
      for (int k = 0; k < C::kHeadDim / 16; ++k) {
        uint32_t from[1][4];
        key_operand_.load(from[0], shared_, 0, 0, k);
        row_operand_.multiply(x, from, shared_, q, k);
        if constexpr (C::kSumKeys) {
          key_operand_.load(from[0], shared_, C::kValuesAt, 0, k);
          row_operand_.multiply(dp, from, shared_, dout, k);
        }
      }
      Operand p, ds;
      gradients(x, dp, row_tile(i), q, p, ds);
#pragma unroll
      for (int k = 0; k < C::kRows / 16; ++k) {
        if constexpr (C::kSumValues) sum_operand_.multiply(dv_, p[k], shared_, dout, k);
        if constexpr (C::kSumKeys) sum_operand_.multiply(dk_, ds[k], shared_, q, k);
      }
    }
    // a warp reads only its own keys' rows of these tiles: its results take their place
    cp_async_wait<0>();
    __syncwarp();
    if constexpr (C::kSumValues) store(a_.dv, C::kValuesAt, dv_[0], 1.0f);
    if constexpr (C::kSumKeys) store(a_.dk, 0, dk_[0], a_.gradient_scale);
  }

 private:
  __device__ __forceinline__ RowTile row_tile(int i) const { return {a_.shape, sequence_, kv_head_, first_tile_ + i, C::kRows}; }

  __device__ __forceinline__ void copy_keys(const HeadRows<const bf16>& from, unsigned char* tile) const {
    fill_tile<KeyTile, C::kThreads, kAligned>(tile, sequence_.keys - first_key_, a_.shape.head_dim, [&](int r) {
      return from.at(sequence_.k_start + first_key_ + r, kv_head_ * a_.shape.head_dim);
    });
  }
  __device__ __forceinline__ void copy(int i) const {
    if (i < tiles_) {
      const RowTile t = row_tile(i);
      unsigned char* stage = shared_ + C::kRingAt + i % C::kStages * C::kStageBytes;
      auto copy_rows = [&](const HeadRows<const bf16>& from, unsigned char* tile) {
        fill_tile<QueryTile, C::kThreads, kAligned>(tile, t.rows, a_.shape.head_dim, [&](int r) {
          const TileRow row = t[r];
          return from.at(row.token, row.head * a_.shape.head_dim);
        });
      };
      copy_rows(a_.q, stage);
      copy_rows(a_.dout, stage + C::kDout);
#pragma unroll
      for (int first = 0; first < C::kRows; first += C::kThreads) {
        const int r = first + int(threadIdx.x);
        if (r >= C::kRows) break;
        const int from = r < t.rows ? a_.place(t[r]) : 0;
        cp_async4(stage + C::kLse2 + 4 * r, a_.lse2 + from, r < t.rows);
        cp_async4(stage + C::kDelta + 4 * r, a_.delta + from, r < t.rows);
      }
    }
    cp_async_commit();
  }

  /// x and dp to p and ds, as mma's a.
  __device__ __forceinline__ void gradients(Products& x, Products& dp, const RowTile& t, uint32_t stage, Operand& p, Operand& ds) const {
    const float* lse2 = reinterpret_cast<const float*>(shared_ + stage + C::kLse2) + lane_ % 4 * 2;
    const float* delta = reinterpret_cast<const float*>(shared_ + stage + C::kDelta) + lane_ % 4 * 2;
    if constexpr (may_cap(V))
      if (a_.scale.cap_scale != 0.0f)
#pragma unroll
        for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
          for (int e = 0; e < 4; ++e) cap_element(x[0][n][e], dp[0][n][e], delta[8 * n + e % 2], a_.scale);
    if (t.needs_mask(first_key_, C::kKeys)) mask(x, t);
#pragma unroll
    for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const ElementGradient g0(x[0][n][2 * half], dp[0][n][2 * half], lse2[8 * n], delta[8 * n], a_.scale);
        const ElementGradient g1(x[0][n][2 * half + 1], dp[0][n][2 * half + 1], lse2[8 * n + 1], delta[8 * n + 1], a_.scale);
        p[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.p, g1.p);
        ds[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.ds, g1.ds);
      }
  }
  /// A key is seen by the rows of min(window, keys) queries, from its own on.
  __device__ __forceinline__ void mask(Products& x, const RowTile& t) const {
    const int group = a_.shape.group_size(), rows = min(a_.shape.window, sequence_.keys) * group;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int query = first_key_ + warp_key_ + lane_ / 4 + 8 * half - sequence_.first_position();
      const int distance = t.first + lane_ % 4 * 2 - query * group;  // of this lane's first column
#pragma unroll
      for (int n = 0; n < kRowColumns; ++n)
#pragma unroll
        for (int e = 0; e < 2; ++e)
          if (!in_window(distance + 8 * n + e, rows)) x[0][n][2 * half + e] = -INFINITY;
    }
  }

  __device__ __forceinline__ void store(const HeadRows<bf16>& to, int tile_at, const float (&sums)[kColumns][4], float factor) const {
    sums_to_tile<KeyTile>(shared_ + tile_at, sums, warp_key_, {factor, factor}, lane_);
    __syncwarp();
    store_rows<KeyTile, kAligned>(shared_ + tile_at, warp_key_, 16, sequence_.keys - first_key_, a_.shape.head_dim, lane_,
                                  [&](int r) { return to.at(sequence_.k_start + first_key_ + r, kv_head_ * a_.shape.head_dim); });
  }

  const BackwardArguments& a_;
  const Sequence sequence_;
  int kv_head_, first_key_;
  unsigned char* shared_;
  int lane_ = int(threadIdx.x) % 32, warp_key_ = int(threadIdx.x) / 32 * 16;
  AOperand<KeyTile> key_operand_;
  BOperand<QueryTile, false> row_operand_;
  BOperand<QueryTile, true> sum_operand_;
  int first_tile_, tiles_;
  float dk_[1][C::kSumKeys ? kColumns : 1][4] = {}, dv_[1][C::kSumValues ? kColumns : 1][4] = {};
};

/// Grid: blocks of keys x kv_heads.
template <class C, Variant V>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_backward_keys(const __grid_constant__ BackwardArguments a) {
  FETTLE_SHARED(shared);
  const int kv_head = int(blockIdx.x) % a.shape.kv_heads;
  const Place place =
      find_tile<false>(int(blockIdx.x) / a.shape.kv_heads, a.sequences.count, C::kKeys, [&](int s) { return a.sequences.queries(s); });
  if (place.sequence < 0) return;
  KeyBlock<C, V>(a, a.sequences[place.sequence], kv_head, place.tile, shared).run();
}

/// Warps x 16 rows against blocks of Keys keys, Stages of which are in shared memory at a time.
template <int HeadDim, int Warps, int Keys, int Stages, int BlocksPerSm>
struct QueryConfig {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kRows = Warps * 16, kTile = kRows, kKeys = Keys, kStages = Stages;
  static constexpr int kBlocksPerSm = BlocksPerSm;
  using QueryTile = SharedTile<kRows, HeadDim>;
  using KeyTile = SharedTile<Keys, HeadDim>;
  // q, do, then the stages: k, v
  static constexpr int kDoutAt = QueryTile::kBytes, kRingAt = 2 * QueryTile::kBytes, kStageBytes = 2 * KeyTile::kBytes;
  static constexpr int kSharedBytes = kRingAt + Stages * kStageBytes;
};

template <class C, Variant V>
class QueryTileGradient {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::QueryTile;
  static constexpr bool kAligned = is_aligned(V);
  using Products = float[1][C::kKeys / 8][4];  // [16 rows][keys]
  using Operand = uint32_t[C::kKeys / 16][1][4];

 public:
  __device__ __forceinline__ QueryTileGradient(const BackwardArguments& a, const RowTile& t, unsigned char* shared)
      : a_(a),
        t_(t),
        shared_(shared),
        query_operand_(warp_row_, lane_),
        key_operand_(lane_),
        sum_operand_(lane_),
        last_(t.end_block(C::kKeys) - 1),
        blocks_(last_ + 1 - t.first_block(C::kKeys)) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int place = a.place(t[min(row_of(half), t.rows - 1)]);
      lse2_[half] = a.lse2[place];
      delta_[half] = a.delta[place];
    }
  }

  __device__ __forceinline__ void run() {
    copy_rows(a_.q, shared_);
    copy_rows(a_.dout, shared_ + C::kDoutAt);
#pragma unroll
    for (int i = 0; i < C::kStages - 1; ++i) copy(i);
    for (int i = 0; i < blocks_; ++i) {
      cp_async_wait<C::kStages - 2>();
      __syncthreads();
      copy(i + C::kStages - 1);
      const uint32_t keys = C::kRingAt + i % C::kStages * C::kStageBytes, values = keys + KeyTile::kBytes;
      Products x = {}, dp = {};
#pragma unroll
      for (int k = 0; k < C::kHeadDim / 16; ++k) {
        uint32_t from[1][4];
        query_operand_.load(from[0], shared_, 0, 0, k);
        key_operand_.multiply(x, from, shared_, keys, k);
        query_operand_.load(from[0], shared_, C::kDoutAt, 0, k);
        key_operand_.multiply(dp, from, shared_, values, k);
      }
      Operand ds;
      gradients(x, dp, (last_ - i) * C::kKeys, ds);
#pragma unroll
      for (int k = 0; k < C::kKeys / 16; ++k) sum_operand_.multiply(dq_, ds[k], shared_, keys, k);
    }
    // a warp reads only its own rows of q's tile: its results take their place
    cp_async_wait<0>();
    __syncwarp();
    sums_to_tile<QueryTile>(shared_, dq_[0], warp_row_, {a_.gradient_scale, a_.gradient_scale}, lane_);
    __syncwarp();
    store_rows<QueryTile, kAligned>(shared_, warp_row_, 16, t_.rows, a_.shape.head_dim, lane_, [&](int r) {
      const TileRow row = t_[r];
      return a_.dq.at(row.token, row.head * a_.shape.head_dim);
    });
  }

 private:
  __device__ __forceinline__ int row_of(int half) const { return warp_row_ + 8 * half + lane_ / 4; }

  __device__ __forceinline__ void copy_rows(const HeadRows<const bf16>& from, unsigned char* tile) const {
    fill_tile<QueryTile, C::kThreads, kAligned>(tile, t_.rows, a_.shape.head_dim, [&](int r) {
      const TileRow row = t_[r];
      return from.at(row.token, row.head * a_.shape.head_dim);
    });
  }
  __device__ __forceinline__ void copy(int i) const {
    if (i < blocks_) {
      const int first = (last_ - i) * C::kKeys, column = t_.kv_head * a_.shape.head_dim;
      unsigned char* stage = shared_ + C::kRingAt + i % C::kStages * C::kStageBytes;
      auto copy_keys = [&](const HeadRows<const bf16>& from, unsigned char* tile) {
        fill_tile<KeyTile, C::kThreads, kAligned>(tile, t_.sequence.keys - first, a_.shape.head_dim,
                                                  [&](int r) { return from.at(t_.sequence.k_start + first, column) + r * from.ld; });
      };
      copy_keys(a_.k, stage);
      copy_keys(a_.v, stage + KeyTile::kBytes);
    }
    cp_async_commit();
  }

  /// x and dp to ds, as mma's a.
  __device__ __forceinline__ void gradients(Products& x, Products& dp, int first_key, Operand& ds) const {
    if constexpr (may_cap(V))
      if (a_.scale.cap_scale != 0.0f)
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
          for (int e = 0; e < 4; ++e) cap_element(x[0][n][e], dp[0][n][e], delta_[e / 2], a_.scale);
    if (t_.needs_mask(first_key, C::kKeys)) mask(x, first_key);
#pragma unroll
    for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const ElementGradient g0(x[0][n][2 * half], dp[0][n][2 * half], lse2_[half], delta_[half], a_.scale);
        const ElementGradient g1(x[0][n][2 * half + 1], dp[0][n][2 * half + 1], lse2_[half], delta_[half], a_.scale);
        ds[n / 2][0][n % 2 * 2 + half] = pack_bf16(g0.ds, g1.ds);
      }
  }
  __device__ __forceinline__ void mask(Products& x, int first_key) const {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int distance = t_.position(row_of(half)) - first_key - lane_ % 4 * 2;  // from this lane's first column
#pragma unroll
      for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
        for (int e = 0; e < 2; ++e)
          if (!in_window(distance - 8 * n - e, a_.shape.window)) x[0][n][2 * half + e] = -INFINITY;
    }
  }

  const BackwardArguments& a_;
  const RowTile& t_;
  unsigned char* shared_;
  int lane_ = int(threadIdx.x) % 32, warp_row_ = int(threadIdx.x) / 32 * 16;
  AOperand<QueryTile> query_operand_;
  BOperand<KeyTile, false> key_operand_;
  BOperand<KeyTile, true> sum_operand_;
  int last_, blocks_;
  float lse2_[2], delta_[2];  // of this lane's two rows
  float dq_[1][C::kHeadDim / 8][4] = {};
};

/// Grid: tiles of rows x kv_heads.
template <class C, Variant V>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_backward_queries(const __grid_constant__ BackwardArguments a) {
  FETTLE_SHARED(shared);
  const int kv_head = int(blockIdx.x) % a.shape.kv_heads;
  const Place place = find_tile<true>(int(blockIdx.x) / a.shape.kv_heads, a.sequences.count, C::kRows,
                                      [&](int s) { return a.sequences.queries(s) * a.shape.group_size(); });
  if (place.sequence < 0) return;
  const RowTile tile(a.shape, a.sequences[place.sequence], kv_head, place.tile, C::kRows);
  QueryTileGradient<C, V>(a, tile, shared).run();
}

}  // namespace fettle::cuda
