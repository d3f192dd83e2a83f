// FlashAttention-2's forward (Dao, 2023): a block takes a tile of query rows of one key-value head, keeps them in registers or shared
// memory, and walks over the keys they see, last block first. K and V blocks alternate in one ring of asynchronous copies. flops: 4 D per
// (row, key) pair; bytes: q, o once, k, v once a tile, from L2
#include "backend/cuda/attention_f32.h"
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/config.h"
#include "backend/cuda/device.h"
#include "backend/cuda/device/shared_tile.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

/// Below any score, and finite: a row that has seen no key yet gets 2^(-large), not 2^(inf - inf).
constexpr float kNothingSeen = -1e30f;

/// Warps x 16 RowTiles rows against blocks of Keys keys; Stages blocks of K and V are in shared memory at a time.
template <int HeadDim, int Warps, int RowTiles, int Keys, int Stages, int BlocksPerSm>
struct Config {
  static constexpr int kHeadDim = HeadDim, kThreads = Warps * 32, kRowTiles = RowTiles, kWarpRows = 16 * RowTiles;
  static constexpr int kRows = Warps * kWarpRows, kKeys = Keys, kStages = Stages, kBlocksPerSm = BlocksPerSm;
  using QueryTile = SharedTile<kRows, HeadDim>;
  using KeyTile = SharedTile<Keys, HeadDim>;
  /// Queries that are read once from shared memory lie where the last stage will.
  static constexpr bool kQueriesInRegisters = RowTiles == 1 && HeadDim <= 128 && kRows <= Keys;
  static constexpr int kQueriesAt = (kQueriesInRegisters ? Stages - 1 : Stages) * KeyTile::kBytes;
  static constexpr int kSharedBytes = Stages * KeyTile::kBytes + (kQueriesInRegisters ? 0 : QueryTile::kBytes);
};

struct Arguments {
  Rows<const bf16> q, k, v;
  Rows<bf16> o;
  Rows<float> lse;
  Sequences sequences;
  HeadShape shape;
  ScoreScale scale;
};

/// A lane's share of a row: largest x, and its part of the sum of p.
struct RowState {
  float largest, sum;
};

template <class C, bool Aligned>
__global__ void __launch_bounds__(C::kThreads, C::kBlocksPerSm) attention_forward(Arguments a) {
  using KeyTile = typename C::KeyTile;
  using QueryTile = typename C::QueryTile;
  constexpr int kColumns = C::kHeadDim / 8;  // tiles of 8 columns of o
  FETTLE_SHARED(shared);
  const HeadShape& h = a.shape;
  const int group = h.group_size(), kv_head = int(blockIdx.x) % h.kv_heads;
  const Place place = find_tile<true>(int(blockIdx.x) / h.kv_heads, a.sequences.count, C::kRows,
                                      [&](int s) { return (a.sequences.cu_q[s + 1] - a.sequences.cu_q[s]) * group; });
  if (place.sequence < 0) return;
  const RowTile t(a.sequences[place.sequence], h, place.tile, C::kRows);
  const int lane = int(threadIdx.x) % 32, warp_row = int(threadIdx.x) / 32 * C::kWarpRows;

  // step 2 i: the keys of block last - i; step 2 i + 1: their values
  const int last = t.end_block(C::kKeys) - 1, steps = 2 * (last + 1 - t.first_block(h, C::kKeys));
  auto copy = [&](int step) {
    if (step < steps) {
      const Rows<const bf16>& from = step % 2 == 0 ? a.k : a.v;
      const int first = (last - step / 2) * C::kKeys;
      const bf16* base = from.row(t.sequence.k_start + first) + kv_head * h.head_dim;
      copy_to_tile<KeyTile, C::kThreads, Aligned>(shared + step % C::kStages * KeyTile::kBytes, t.sequence.keys - first, h.head_dim,
                                                  [&](int r) { return base + r * from.ld; });
    }
    cp_async_commit();
  };
  const unsigned char* queries = shared + C::kQueriesAt;
  copy_to_tile<QueryTile, C::kThreads, Aligned>(shared + C::kQueriesAt, t.rows, h.head_dim, [&](int r) {
    return a.q.row(t.token(h, r)) + (kv_head * group + t.head(h, r)) * h.head_dim;
  });
  cp_async_commit();
#pragma unroll
  for (int step = 0; step < C::kStages - 1; ++step) copy(step);

  uint32_t q[C::kQueriesInRegisters ? C::kHeadDim / 16 : 1][C::kRowTiles][4];
  if constexpr (C::kQueriesInRegisters) {
    cp_async_wait<C::kStages - 1>();
    __syncthreads();
#pragma unroll
    for (int k = 0; k < C::kHeadDim / 16; ++k) load_a<QueryTile>(q[k][0], queries, warp_row, k, lane);
  }

  float o[C::kRowTiles][kColumns][4] = {};
  RowState state[C::kRowTiles][2];
  int position[C::kRowTiles][2];
#pragma unroll
  for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      state[m][half] = {kNothingSeen, 0.0f};
      position[m][half] = t.position(h, warp_row + 16 * m + 8 * half + lane / 4);
    }

  for (int step = 0; step < steps; step += 2) {
    const int first_key = (last - step / 2) * C::kKeys;
    // a stage is refilled after the barrier that follows its last use
    cp_async_wait<C::kStages - 2>();
    __syncthreads();
    copy(step + C::kStages - 1);
    float s[C::kRowTiles][C::kKeys / 8][4] = {};
    const unsigned char* keys = shared + step % C::kStages * KeyTile::kBytes;
#pragma unroll
    for (int k = 0; k < C::kHeadDim / 16; ++k) {
      if constexpr (!C::kQueriesInRegisters)
#pragma unroll
        for (int m = 0; m < C::kRowTiles; ++m) load_a<QueryTile>(q[0][m], queries, warp_row + 16 * m, k, lane);
      multiply<KeyTile>(s, q[C::kQueriesInRegisters ? k : 0], keys, k, lane);
    }

    if (a.scale.cap_scale != 0.0f)
#pragma unroll
      for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
          for (int e = 0; e < 4; ++e) s[m][n][e] = tanh_approx(s[m][n][e] * a.scale.cap_scale);
    if (t.needs_mask(h, first_key, C::kKeys))
#pragma unroll
      for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n)
#pragma unroll
          for (int e = 0; e < 4; ++e)
            if (!sees(position[m][e / 2], first_key + 8 * n + lane % 4 * 2 + e % 2, h.window)) s[m][n][e] = -INFINITY;

    uint32_t p[C::kKeys / 16][C::kRowTiles][4];
#pragma unroll
    for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        RowState& row = state[m][half];
        float largest = row.largest;
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n) largest = fmaxf(largest, fmaxf(s[m][n][2 * half], s[m][n][2 * half + 1]));
        largest = fmaxf(largest, shuffle_xor(largest, 1));
        largest = fmaxf(largest, shuffle_xor(largest, 2));
        const float correction = exp2_approx((row.largest - largest) * a.scale.factor), shift = -largest * a.scale.factor;
        row.largest = largest;
        row.sum *= correction;
#pragma unroll
        for (int n = 0; n < C::kKeys / 8; ++n) {
          const float p0 = exp2_approx(__fmaf_rn(s[m][n][2 * half], a.scale.factor, shift));
          const float p1 = exp2_approx(__fmaf_rn(s[m][n][2 * half + 1], a.scale.factor, shift));
          row.sum += p0 + p1;
          p[n / 2][m][n % 2 * 2 + half] = pack_bf16(p0, p1);
        }
#pragma unroll
        for (int n = 0; n < kColumns; ++n) o[m][n][2 * half] *= correction, o[m][n][2 * half + 1] *= correction;
      }

    cp_async_wait<C::kStages - 2>();
    __syncthreads();
    copy(step + C::kStages);
    const unsigned char* values = shared + (step + 1) % C::kStages * KeyTile::kBytes;
#pragma unroll
    for (int k = 0; k < C::kKeys / 16; ++k) multiply_transposed<KeyTile>(o, p[k], values, k, lane);
  }

  cp_async_wait<0>();
  __syncthreads();
  static_assert(QueryTile::kBytes <= C::kSharedBytes);
#pragma unroll
  for (int m = 0; m < C::kRowTiles; ++m)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = warp_row + 16 * m + 8 * half + lane / 4;
      float sum = state[m][half].sum;
      sum += shuffle_xor(sum, 1);
      sum += shuffle_xor(sum, 2);
      const float inverse = 1.0f / sum;
      if (a.lse.data && lane % 4 == 0 && row < t.rows)
        a.lse.row(t.token(h, row))[kv_head * group + t.head(h, row)] =
            state[m][half].largest * a.scale.factor * 0.6931471805599453f + logf(sum);
#pragma unroll
      for (int n = 0; n < kColumns; ++n)
        *reinterpret_cast<uint32_t*>(shared + QueryTile::offset(row, n) + lane % 4 * 4) =
            pack_bf16(o[m][n][2 * half] * inverse, o[m][n][2 * half + 1] * inverse);
    }
  __syncwarp();
  store_rows<QueryTile, Aligned>(shared, warp_row, C::kWarpRows, t.rows, h.head_dim, lane,
                                 [&](int r) { return a.o.row(t.token(h, r)) + (kv_head * group + t.head(h, r)) * h.head_dim; });
}

/// What the choice of a configuration depends on.
struct Question {
  int head_dim;
  bool aligned;
  size_t shared_limit;
  std::string text() const { return "head_dim " + std::to_string(head_dim) + (aligned ? "" : " with rows that are not 16-byte aligned"); }
};

struct Entry {
  const char* name;  // rows x keys x stages
  int head_dim;
  bool aligned;
  int rows, threads;
  size_t shared_bytes;
  void (*kernel)(Arguments);
  bool fits(const Question& q) const { return q.head_dim <= head_dim && q.aligned == aligned && shared_bytes <= q.shared_limit; }
};
template <class C, bool Aligned = true>
constexpr Entry entry(const char* name) {
  return {name, C::kHeadDim, Aligned, C::kRows, C::kThreads, size_t(C::kSharedBytes), attention_forward<C, Aligned>};
}

// by head_dim, the best first
const Entry kTable[] = {
    entry<Config<32, 4, 1, 64, 2, 4>>("64x64x2"),        entry<Config<64, 4, 2, 64, 4, 2>>("128x64x4"),
    entry<Config<64, 4, 1, 64, 2, 4>>("64x64x2"),        entry<Config<80, 4, 1, 64, 3, 2>>("64x64x3"),
    entry<Config<96, 4, 1, 64, 3, 2>>("64x64x3"),        entry<Config<128, 4, 2, 64, 4, 1>>("128x64x4"),
    entry<Config<128, 4, 1, 64, 3, 2>>("64x64x3"),       entry<Config<128, 4, 1, 64, 2, 2>>("64x64x2"),
    entry<Config<256, 4, 1, 64, 3, 1>>("64x64x3"),       entry<Config<256, 4, 1, 32, 4, 1>>("64x32x4"),
    entry<Config<64, 4, 1, 64, 2, 2>, false>("64x64x2"), entry<Config<256, 4, 1, 32, 2, 1>, false>("64x32x2"),
};

void forward_bf16(Device& device, const AttentionForward& op) {
  const Question question{op.head_dim, rows_aligned(op.q, op.k, op.v, op.o) && op.head_dim % 8 == 0,
                          device.properties().sharedMemPerBlockOptin};
  const Entry& e = choose_config(op.name, kTable, question);
  const int64_t sequences = op.k_len.size();
  const Arguments a{{op.q.as<const bf16>(), op.q.ld},
                    {op.k.as<const bf16>(), op.k.ld},
                    {op.v.as<const bf16>(), op.v.ld},
                    {op.o.as<bf16>(), op.o.ld},
                    {op.lse.as<float>(), op.lse.ld},
                    {op.cu_q.as<const int32_t>(), op.k_start.as<const int32_t>(), op.k_len.as<const int32_t>(), int(sequences)},
                    {op.kv_heads, op.head_dim, op.window, Divider(uint32_t(op.heads / op.kv_heads))},
                    ScoreScale(op.scale, op.soft_cap)};
  const int64_t tiles = most_tiles(op.q.rows * (op.heads / op.kv_heads), sequences, e.rows);
  launch(device, op.name, e.kernel, dim3(unsigned(tiles * op.kv_heads)), dim3(unsigned(e.threads)), e.shared_bytes, a);
}

}  // namespace

void run(Device& device, const AttentionForward& op) {
  if (op.q.rows == 0 || op.k_len.size() == 0) return;
  if (op.q.dtype == DType::BF16) return forward_bf16(device, op);
  attention_f32_forward(device, op);
}

}  // namespace fettle::cuda
