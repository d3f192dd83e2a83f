// FlashAttention-2's forward (Dao, 2023) on tiles of 64 rows: online softmax in fp32, one task per tile of query rows.
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Below any score, and finite, so that a row that has seen no key yet gives exp(-large), not exp(inf - inf).
constexpr float kNothingSeen = -1e30f;

/// One row's step of the online softmax: stores exp(score - max) into p, and scales what was summed under the old maximum.
template <class V>
void softmax_step(const float* s, int columns, int r, float* p, float& max_so_far, float& sum_so_far, float* o, int padded_dim) {
  vf m = load(s);
  for (int j = kLanes; j < columns; j += kLanes) m = max(m, load(s + j));
  const float new_max = std::max(max_so_far, max(m));
  vf total{};
  for (int j = 0; j < columns; j += kLanes) {
    const vf e = exp(load(s + j) - new_max);
    store_tile_values<V, Reduce::Columns>(p, r, j, e);
    total += e;
  }
  if (new_max != max_so_far) {
    const float correction = std::exp(max_so_far - new_max);
    sum_so_far *= correction;
    for (int i = 0; i < padded_dim; i += kLanes) store(o + i, load(o + i) * correction);
    max_so_far = new_max;
  }
  sum_so_far += sum(total);
}

template <class T>
void forward_tile(const AttentionForward& op, const AttentionShape& shape, const QueryTile& t) {
  using V = TileValue<T>;
  const int d = shape.head_dim, dp = shape.padded_dim, rows = t.rows(), kv_head = t.head / shape.group;
  TileScratch scratch(4 * shape.rows_floats() + 2 * kTile * kTile);
  float* q = scratch.take(shape.rows_floats());
  float* kt = scratch.take(shape.rows_floats());
  float* v = scratch.take(shape.rows_floats());
  float* o = scratch.take(shape.rows_floats());
  float* s = scratch.take(kTile * kTile);
  float* p = scratch.take(kTile * kTile);
  float row_max[kTile], row_sum[kTile] = {};
  std::fill(row_max, row_max + kTile, kNothingSeen);
  std::fill(o, o + rows * dp, 0.0f);
  pack_rows<V>(rows, d, dp, query_rows<T>(op.q, t, d), q);

  for_each_key_block(t, shape.window, [&](const KeyBlock& block) {
    pack_rows_transposed<V>(block.keys, d, key_rows<T>(op.k, t.sequence, block, kv_head, d), kt);
    pack_rows_as_b<V>(block.keys, d, dp, key_rows<T>(op.v, t.sequence, block, kv_head, d), v);
    tile_gemm<V, false>(rows, block.columns(), words<V>(d), {q, dp, 1}, kt, kTile, s, kTile);
    const bool masked = needs_mask(t, block, shape.window);
    for (int r = 0; r < rows; ++r) {
      finish_scores(t, block, shape, masked, r, s + r * kTile, nullptr);
      softmax_step<V>(s + r * kTile, block.columns(), r, p, row_max[r], row_sum[r], o + r * dp, dp);
    }
    tile_gemm<V, true>(rows, dp, words<V>(block.keys), tile_operand<V, Reduce::Columns>(p), v, dp, o, dp);
  });

  for (int r = 0; r < rows; ++r) {
    const float inverse = row_sum[r] == 0 ? 0.0f : 1.0f / row_sum[r];
    unpack_row(o + r * dp, inverse, d, op.o.row<T>(t.token_of(r)) + t.head_of(r) * d);
    if (op.lse) op.lse.row<float>(t.token_of(r))[t.head_of(r)] = row_max[r] + std::log(row_sum[r]);
  }
}

}  // namespace

void run(Context& context, const AttentionForward& op) {
  check(op);
  const AttentionShape shape(op.heads, op.kv_heads, op.head_dim, op.window, op.scale, op.soft_cap);
  const int32_t* cu = op.cu_q.as<int32_t>();
  std::vector<QueryTile> tiles;
  for (int64_t i = 0; i < op.k_len.size(); ++i) {
    const AttentionSequence s{cu[i], op.k_start.as<int32_t>()[i], cu[i + 1] - cu[i], op.k_len.as<int32_t>()[i]};
    check_sequence(op.name, s, op.q.rows, op.k.rows);
    for (int g = 0; g < op.kv_heads; ++g)
      for_each_query_tile(s, g * shape.group, shape.group, [&](const QueryTile& t) { tiles.push_back(t); });
  }
  context.pool->parallel_for(int64_t(tiles.size()), [&](int64_t i) {
    if (op.q.dtype == DType::BF16)
      forward_tile<bf16>(op, shape, tiles[size_t(i)]);
    else
      forward_tile<float>(op, shape, tiles[size_t(i)]);
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
