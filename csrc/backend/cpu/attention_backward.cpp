// FlashAttention-2's backward in two passes, so that no sum crosses tasks: dq by tiles of query rows, then dk and dv by blocks of keys.
// With p = exp(score - lse): dv = p^T do; ds = p * (do v^T - delta), delta = rowsum(do * o); dq = scale ds k; dk = scale ds^T q.
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Scratch of one tile of query rows against one block of keys.
struct PairTiles {
  float *q, *dout, *kt, *vt;  // operands of q k^T and do v^T
  float *score, *dp, *slope;  // fp32 [rows, kTile]
  float *p, *ds;              // their results, as operands
  float lse[kTile], delta[kTile];
  PairTiles(TileScratch& s, const AttentionShape& shape)
      : q(s.take(shape.rows_floats())),
        dout(s.take(shape.rows_floats())),
        kt(s.take(shape.rows_floats())),
        vt(s.take(shape.rows_floats())),
        score(s.take(kTile * kTile)),
        dp(s.take(kTile * kTile)),
        slope(s.take(kTile * kTile)),
        p(s.take(kTile * kTile)),
        ds(s.take(kTile * kTile)) {}
  static size_t floats(const AttentionShape& shape) { return 4 * shape.rows_floats() + 5 * kTile * kTile; }
};

template <class T>
struct Backward {
  using V = TileValue<T>;
  const AttentionBackward& op;
  const AttentionShape& shape;
  float* delta;  // [T, heads]

  float& delta_of(const QueryTile& t, int r) const { return delta[t.token_of(r) * op.heads + t.head_of(r)]; }

  void load_queries(const QueryTile& t, PairTiles& w) const {
    const int d = shape.head_dim, dp = shape.padded_dim;
    pack_rows<V>(t.rows(), d, dp, query_rows<T>(op.q, t, d), w.q);
    pack_rows<V>(t.rows(), d, dp, query_rows<T>(op.dout, t, d), w.dout);
    for (int r = 0; r < t.rows(); ++r) {
      w.lse[r] = op.lse.row<float>(t.token_of(r))[t.head_of(r)];
      w.delta[r] = delta_of(t, r);
    }
  }

  void load_keys(const AttentionSequence& s, const KeyBlock& block, int kv_head, const PairTiles& w) const {
    const int d = shape.head_dim;
    pack_rows_transposed<V>(block.keys, d, key_rows<T>(op.k, s, block, kv_head, d), w.kt);
    pack_rows_transposed<V>(block.keys, d, key_rows<T>(op.v, s, block, kv_head, d), w.vt);
  }

  /// p and ds (without the factor `scale`), to be reduced along R.
  template <Reduce R>
  void probabilities_and_gradients(const PairTiles& w, const QueryTile& t, const KeyBlock& block) const {
    const int rows = t.rows(), columns = block.columns(), depth = words<V>(shape.head_dim);
    tile_gemm<V, false>(rows, columns, depth, {w.q, shape.padded_dim, 1}, w.kt, kTile, w.score, kTile);
    tile_gemm<V, false>(rows, columns, depth, {w.dout, shape.padded_dim, 1}, w.vt, kTile, w.dp, kTile);
    const bool masked = needs_mask(t, block, shape.window), capped = shape.soft_cap > 0;
    for (int r = 0; r < rows; ++r) {
      const int at = r * kTile;
      finish_scores(t, block, shape, masked, r, w.score + at, capped ? w.slope + at : nullptr);
      for (int j = 0; j < columns; j += kLanes) {
        const vf p = exp(load(w.score + at + j) - w.lse[r]);
        vf ds = p * (load(w.dp + at + j) - w.delta[r]);
        if (capped) ds *= load(w.slope + at + j);
        if (R == Reduce::Rows) store_tile_values<V, R>(w.p, r, j, p);
        store_tile_values<V, R>(w.ds, r, j, ds);
      }
    }
  }

  /// delta of the tile's rows, for both passes.
  void find_delta(const QueryTile& t) const {
    const int d = shape.head_dim;
    const auto o = query_rows<T>(op.o, t, d), dout = query_rows<T>(op.dout, t, d);
    for (int r = 0; r < t.rows(); ++r) {
      vf total{};
      for (int i = 0; i < d; i += kLanes) total += load_row(o(r) + i, d - i) * load_row(dout(r) + i, d - i);
      delta_of(t, r) = sum(total);
    }
  }

  void query_pass(const QueryTile& t) const {
    const int d = shape.head_dim, dp = shape.padded_dim, rows = t.rows(), kv_head = t.head / shape.group;
    TileScratch scratch(PairTiles::floats(shape) + 2 * shape.rows_floats());
    PairTiles w(scratch, shape);
    float* k = scratch.take(shape.rows_floats());
    float* dq = scratch.take(shape.rows_floats());
    std::fill(dq, dq + rows * dp, 0.0f);
    find_delta(t);
    load_queries(t, w);
    for_each_key_block(t, shape.window, [&](const KeyBlock& block) {
      load_keys(t.sequence, block, kv_head, w);
      pack_rows_as_b<V>(block.keys, d, dp, key_rows<T>(op.k, t.sequence, block, kv_head, d), k);
      probabilities_and_gradients<Reduce::Columns>(w, t, block);
      tile_gemm<V, true>(rows, dp, words<V>(block.keys), tile_operand<V, Reduce::Columns>(w.ds), k, dp, dq, dp);
    });
    for (int r = 0; r < rows; ++r) unpack_row(dq + r * dp, shape.scale, d, op.dq.row<T>(t.token_of(r)) + t.head_of(r) * d);
  }

  void key_pass(const AttentionSequence& s, const KeyBlock& block, int kv_head) const {
    const int d = shape.head_dim, dp = shape.padded_dim;
    TileScratch scratch(PairTiles::floats(shape) + 4 * shape.rows_floats());
    PairTiles w(scratch, shape);
    float* q = scratch.take(shape.rows_floats());
    float* dout = scratch.take(shape.rows_floats());
    float* dk = scratch.take(shape.rows_floats());
    float* dv = scratch.take(shape.rows_floats());
    std::fill(dk, dk + block.keys * dp, 0.0f);
    std::fill(dv, dv + block.keys * dp, 0.0f);
    load_keys(s, block, kv_head, w);
    for_each_query_tile(s, kv_head * shape.group, shape.group, [&](const QueryTile& t) {
      if (t.last_position() < block.first || t.first_visible(shape.window) >= block.first + block.keys) return;
      const int rows = t.rows();
      load_queries(t, w);
      pack_rows_as_b<V>(rows, d, dp, query_rows<T>(op.q, t, d), q);
      pack_rows_as_b<V>(rows, d, dp, query_rows<T>(op.dout, t, d), dout);
      probabilities_and_gradients<Reduce::Rows>(w, t, block);
      tile_gemm<V, true>(block.keys, dp, words<V>(rows), tile_operand<V, Reduce::Rows>(w.p), dout, dp, dv, dp);
      tile_gemm<V, true>(block.keys, dp, words<V>(rows), tile_operand<V, Reduce::Rows>(w.ds), q, dp, dk, dp);
    });
    for (int j = 0; j < block.keys; ++j) {
      const int64_t token = s.k_start + block.first + j;
      unpack_row(dk + j * dp, shape.scale, d, op.dk.row<T>(token) + kv_head * d);
      unpack_row(dv + j * dp, 1.0f, d, op.dv.row<T>(token) + kv_head * d);
    }
  }
};

template <class T>
void backward(Context& context, const AttentionBackward& op) {
  struct KeyTask {
    AttentionSequence sequence;
    KeyBlock block;
    int kv_head;
  };
  const AttentionShape shape(op.heads, op.kv_heads, op.head_dim, op.window, op.scale, op.soft_cap);
  const int32_t* cu = op.cu.as<int32_t>();
  std::vector<QueryTile> tiles;
  std::vector<KeyTask> blocks;
  for (int64_t i = 0; i + 1 < op.cu.size(); ++i) {
    const int length = cu[i + 1] - cu[i];
    const AttentionSequence s{cu[i], cu[i], length, length};
    check_sequence(op.name, s, op.q.rows, op.k.rows);
    for (int g = 0; g < op.kv_heads; ++g) {
      for_each_query_tile(s, g * shape.group, shape.group, [&](const QueryTile& t) { tiles.push_back(t); });
      for (int first = 0; first < length; first += kTile) blocks.push_back({s, {first, std::min(kTile, length - first)}, g});
    }
  }
  std::vector<float> delta(size_t(op.q.rows * op.heads));
  const Backward<T> pass{op, shape, delta.data()};
  context.pool->parallel_for(int64_t(tiles.size()), [&](int64_t i) { pass.query_pass(tiles[size_t(i)]); });
  context.pool->parallel_for(int64_t(blocks.size()), [&](int64_t i) {
    const KeyTask& b = blocks[size_t(i)];
    pass.key_pass(b.sequence, b.block, b.kv_head);
  });
}

}  // namespace

void run(Context& context, const AttentionBackward& op) {
  check(op);
  if (op.q.dtype == DType::BF16)
    backward<bf16>(context, op);
  else
    backward<float>(context, op);
}

}  // namespace fettle::cpu::FETTLE_TIER
