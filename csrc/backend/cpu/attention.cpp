// FlashAttention-2's forward (Dao, 2023) on tiles of 64 rows: online softmax in fp32, one task per tile of query rows. Keys and values
// are packed once a call, for all tiles. Sequences with one query, decoding's, go another way.
#include <bit>

#include "backend/cpu/attention_decode.h"
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Below any score, and finite, so that a row that has seen no key yet gives exp(-large), not exp(inf - inf).
constexpr float kNothingSeen = -1e30f;

/// Blocks of keys, transposed for q k^T, and of values, for p v.
template <class V>
struct PackedKeys {
  const AttentionShape& shape;
  float* memory;

  size_t block_floats() const { return 2 * shape.template packed_floats<V>(); }
  float* kt(int64_t block, int kv_head) const { return memory + size_t(block * shape.kv_heads + kv_head) * block_floats(); }
  float* v(int64_t block, int kv_head) const { return kt(block, kv_head) + shape.template packed_floats<V>(); }
};

/// The online softmax of a tile's rows.
struct SoftmaxRows {
  alignas(64) float max[kTile];
  alignas(64) float correction[kTile];
  vf sum[kTile];
  explicit SoftmaxRows(int rows) {
    std::fill(max, max + kTile, kNothingSeen);
    std::fill(sum, sum + rows, vf{});
  }
};

/// Takes a block's maxima into account: what was summed under the old ones is to be multiplied by `correction`.
template <class T>
void update_maxima(const Exponent<T>& exponent, const float* block_max, int rows, SoftmaxRows& softmax) {
  for (int r = 0; r < rows; r += kLanes) {
    const vf old = load(softmax.max + r), now = max(old, load(block_max + r));
    store(softmax.max + r, now);
    store(softmax.correction + r, exponent.ratio(old, now));
  }
}

template <class T>
void forward_tile(const AttentionForward& op, const AttentionShape& shape, const QueryTile& t, const PackedKeys<TileValue<T>>& keys) {
  using V = TileValue<T>;
  const int d = shape.head_dim, dp = shape.padded_dim, rows = t.rows(), kv_head = t.head / shape.group;
  const int stride = shape.row_words<V>();
  const Exponent<T> exponent(shape);
  TileScratch scratch(2 * shape.rows_floats() + 2 * kTile * kTile);
  float* q = scratch.take(shape.rows_floats());
  float* o = scratch.take(shape.rows_floats());
  float* s = scratch.take(kTile * kTile);
  float* p = scratch.take(kTile * kTile);
  SoftmaxRows softmax(rows);
  std::fill(o, o + rows * dp, 0.0f);
  const QueryRows<const T> q_rows(op.q, t, d);
  const QueryRows<T> o_rows(op.o, t, d);
  q_rows.prefetch(rows, d);
  pack_rows<V>(rows, d, stride, q_rows, q);
  o_rows.prefetch(rows, d);

  for (int b = t.first_block(shape.window); b < t.end_block(); ++b) {
    const KeyBlock block(t.sequence, b);
    const Visible visible(t, block, shape.window);
    const float* kt = keys.kt(t.sequence.first_block + b, kv_head);
    const float* v = keys.v(t.sequence.first_block + b, kv_head);
    alignas(64) float block_max[kTile];
    for (int first = 0; first < rows; first += kTileRows) {
      const int end = std::min(rows, first + kTileRows), columns = visible.columns_of(first, end);
      if (columns > 0)
        tile_gemm<V, false>(end - first, columns, words<V>(d), {q + first * stride, stride, 1}, kt, kTile, s + first * kTile, kTile);
      for (int r = first; r < end; ++r) {
        vf highest = splat(kNothingSeen);
        for (int j = 0; j < columns; j += kLanes) {
          vf score = load(s + r * kTile + j);
          if (shape.soft_cap > 0 || !visible.all) {
            score = visible.mask(r, j, exponent.cap(score));
            store(s + r * kTile + j, score);
          }
          highest = max(score, highest);
        }
        block_max[r] = max(highest);
      }
    }
    update_maxima(exponent, block_max, rows, softmax);
    for (int first = 0; first < rows; first += kTileRows) {
      const int end = std::min(rows, first + kTileRows), columns = visible.columns_of(first, end);
      for (int r = first; r < end; ++r) {
        const vf shift = splat(softmax.max[r] * exponent.factor);
        vf total{};
        for (int j = 0; j < columns; j += kLanes) {
          const vf e = exponent(load(s + r * kTile + j), shift);
          store(reinterpret_cast<V*>(p + r * (kTile / kPerWord<V>)) + j, e);
          total += e;
        }
        softmax.sum[r] = softmax.sum[r] * softmax.correction[r] + total;
        if (softmax.correction[r] != 1.0f)
          for (int i = 0; i < dp; i += kLanes) store(o + r * dp + i, load(o + r * dp + i) * softmax.correction[r]);
      }
      const int depth = words<V>(std::min(columns, block.keys));
      tile_gemm<V, true>(end - first, dp, depth, {p + first * (kTile / kPerWord<V>), kTile / kPerWord<V>, 1}, v, dp, o + first * dp, dp);
    }
  }

  alignas(64) float totals[kTile] = {};
  for (int r = 0; r < rows; ++r) {
    totals[r] = sum(softmax.sum[r]);
    unpack_row(o + r * dp, totals[r] == 0 ? 0.0f : 1.0f / totals[r], d, o_rows(r));
  }
  if (!op.lse) return;
  const QueryRows<float> lse(op.lse, t, 1);
  for (int r = 0; r < rows; ++r) *lse(r) = softmax.max[r] * exponent.natural() + std::log(totals[r]);
}

KeyPlaces key_places(const AttentionForward& op, int64_t sequence) {
  if (!op.block_table) return {op.k_start.as<int32_t>()[sequence]};
  return {0, op.block_table.row<int32_t>(sequence), std::countr_zero(uint32_t(op.block_size))};
}

template <class T>
void forward(Context& context, const AttentionForward& op) {
  struct Packed;
  using V = TileValue<T>;
  const AttentionShape shape(op.heads, op.kv_heads, op.head_dim, op.window, op.scale, op.soft_cap);
  const int32_t* cu = op.cu_q.as<int32_t>();
  struct BlockTask {
    AttentionSequence sequence;
    int block;
  };
  std::vector<QueryTile> tiles;
  std::vector<BlockTask> blocks;
  std::vector<AttentionSequence> decoding;
  int64_t packed_blocks = 0;
  for (int64_t i = 0; i < op.k_len.size(); ++i) {
    const AttentionSequence s{cu[i], key_places(op, i), cu[i + 1] - cu[i], op.k_len.as<int32_t>()[i], packed_blocks};
    check_sequence(op.name, s, op.q.rows, op.k.rows);
    if (s.queries == 0) continue;
    if (s.queries == 1) {
      decoding.push_back(s);
      continue;
    }
    packed_blocks += s.blocks();
    // the longest rows first
    for (int query = (s.queries - 1) / kTile * kTile; query >= 0; query -= kTile)
      for (int g = 0; g < op.kv_heads; ++g)
        for_each_head_tile(s, query, g * shape.group, shape.group, [&](const QueryTile& t) { tiles.push_back(t); });
    for (int b = QueryTile{s, 0, 1, 0, 1}.first_block(shape.window); b < s.blocks(); ++b) blocks.push_back({s, b});
  }
  if (!decoding.empty()) DecodePass<T>(op, shape).run(context, decoding);
  if (tiles.empty()) return;
  PackedKeys<V> keys{shape, nullptr};
  keys.memory = thread_scratch<Packed, float>(size_t(packed_blocks) * size_t(op.kv_heads) * keys.block_floats());
  context.pool->parallel_for(int64_t(blocks.size()), [&](int64_t i) {
    const auto& [s, b] = blocks[size_t(i)];
    const KeyBlock block(s, b);
    for (int g = 0; g < op.kv_heads; ++g) {
      pack_rows_transposed<V>(block.keys, shape.head_dim, key_rows<T>(op.k, s, block, g, shape.head_dim), keys.kt(s.first_block + b, g));
      pack_rows_as_b<V>(block.keys, shape.head_dim, shape.padded_dim, key_rows<T>(op.v, s, block, g, shape.head_dim),
                        keys.v(s.first_block + b, g));
    }
  });
  context.pool->parallel_for(int64_t(tiles.size()), [&](int64_t i) { forward_tile<T>(op, shape, tiles[size_t(i)], keys); });
}

}  // namespace

void run(Context& context, const AttentionForward& op) {
  check(op);
  check_indices(op);
  if (op.q.dtype == DType::BF16)
    forward<bf16>(context, op);
  else
    forward<float>(context, op);
}

}  // namespace fettle::cpu::FETTLE_TIER
