// FlashAttention-2's forward (Dao, 2023) on tiles of 64 rows: online softmax in fp32, one task per tile of query rows.
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Below any score, and finite, so that a row that has seen no key yet gives exp(-large), not exp(inf - inf).
constexpr float kNothingSeen = -1e30f;

/// One row's step of the online softmax: turns scores into exp(score - max), and scales what was summed under the old maximum.
void softmax_step(float* s, int columns, float& max_so_far, float& sum_so_far, float* o, int padded_dim) {
  vf m = load(s);
  for (int j = kLanes; j < columns; j += kLanes) m = max(m, load(s + j));
  const float new_max = std::max(max_so_far, max(m));
  vf total{};
  for (int j = 0; j < columns; j += kLanes) {
    const vf p = exp(load(s + j) - new_max);
    store(s + j, p);
    total += p;
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
  const int dp = shape.padded_dim, rows = t.rows();
  TileScratch scratch(size_t(4 * kTile * dp + kTile * kTile));
  float* q = scratch.take(size_t(kTile * dp));
  float* kt = scratch.take(size_t(kTile * dp));
  float* v = scratch.take(size_t(kTile * dp));
  float* o = scratch.take(size_t(kTile * dp));
  float* s = scratch.take(size_t(kTile * kTile));
  float row_max[kTile], row_sum[kTile] = {};
  std::fill(row_max, row_max + kTile, kNothingSeen);
  std::fill(o, o + rows * dp, 0.0f);
  pack_query_rows<T>(op.q, t, shape, q);

  const int kv_head = t.head / shape.group;
  const int end = std::min(t.last_position() + 1, t.sequence.keys);
  for (int first = first_visible(t, shape.window) / kTile * kTile; first < end; first += kTile) {
    const KeyBlock block{first, std::min(kTile, end - first)};
    pack_keys_transposed<T>(op.k, t.sequence.k_start + first, block.keys, kv_head, shape, kt);
    pack_key_rows<T>(op.v, t.sequence.k_start + first, block.keys, kv_head, shape, v);
    tile_gemm<false>(rows, block.columns(), shape.head_dim, {q, dp, 1}, kt, kTile, s, kTile);
    const bool masked = needs_mask(t, block, shape.window);
    for (int r = 0; r < rows; ++r) {
      finish_scores(t, block, shape, masked, r, s + r * kTile, nullptr);
      softmax_step(s + r * kTile, block.columns(), row_max[r], row_sum[r], o + r * dp, dp);
    }
    tile_gemm<true>(rows, dp, block.keys, {s, kTile, 1}, v, dp, o, dp);
  }

  for (int r = 0; r < rows; ++r) {
    const float inverse = row_sum[r] == 0 ? 0.0f : 1.0f / row_sum[r];
    unpack_row(o + r * dp, inverse, shape.head_dim, op.o.row<T>(t.token_of(r)) + t.head_of(r) * shape.head_dim);
    if (op.lse) op.lse.row<float>(t.token_of(r))[t.head_of(r)] = row_max[r] + std::log(row_sum[r]);
  }
}

}  // namespace

void run(Context& context, const AttentionForward& op) {
  const AttentionShape shape(op.heads, op.kv_heads, op.head_dim, op.window, op.scale, op.soft_cap);
  const int32_t* cu = op.cu_q.as<int32_t>();
  std::vector<QueryTile> tiles;
  for (int64_t s = 0; s < op.k_len.size(); ++s) {
    const AttentionSequence sequence{cu[s], op.k_start.as<int32_t>()[s], cu[s + 1] - cu[s], op.k_len.as<int32_t>()[s]};
    for (int g = 0; g < op.kv_heads; ++g)
      for_each_query_tile(sequence, g * shape.group, shape.group, [&](const QueryTile& t) { tiles.push_back(t); });
  }
  context.pool->parallel_for(int64_t(tiles.size()), [&](int64_t i) {
    if (op.q.dtype == DType::BF16)
      forward_tile<bf16>(op, shape, tiles[size_t(i)]);
    else
      forward_tile<float>(op, shape, tiles[size_t(i)]);
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
