// FlashAttention-2's backward in two passes, so that no sum crosses tasks: dq by tiles of query rows, then dk and dv by blocks of keys.
// With p = exp(score - lse): dv = p^T do; ds = p * (do v^T - delta), delta = rowsum(do * o); dq = scale ds k; dk = scale ds^T q.
#include "backend/cpu/attention_tile.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Scratch of one tile pair.
struct PairTiles {
  float *q, *dout, *kt, *vt, *p, *ds, *slope;
  float lse[kTile], delta[kTile];
  PairTiles(TileScratch& s, const AttentionShape& shape)
      : q(s.take(size_t(kTile * shape.padded_dim))),
        dout(s.take(size_t(kTile * shape.padded_dim))),
        kt(s.take(size_t(kTile * shape.padded_dim))),
        vt(s.take(size_t(kTile * shape.padded_dim))),
        p(s.take(size_t(kTile * kTile))),
        ds(s.take(size_t(kTile * kTile))),
        slope(shape.soft_cap > 0 ? s.take(size_t(kTile * kTile)) : nullptr) {}
  static size_t floats(const AttentionShape& shape) { return size_t(4 * kTile * shape.padded_dim + 3 * kTile * kTile); }
};

/// p and ds (without the factor `scale`) of a tile of query rows against a block of keys.
void probabilities_and_gradients(const PairTiles& w, const AttentionShape& shape, const QueryTile& t, const KeyBlock& block) {
  const int rows = t.rows(), dp = shape.padded_dim, columns = block.columns();
  tile_gemm<false>(rows, columns, shape.head_dim, {w.q, dp, 1}, w.kt, kTile, w.p, kTile);
  tile_gemm<false>(rows, columns, shape.head_dim, {w.dout, dp, 1}, w.vt, kTile, w.ds, kTile);
  const bool masked = needs_mask(t, block, shape.window);
  for (int r = 0; r < rows; ++r) {
    float* p = w.p + r * kTile;
    float* ds = w.ds + r * kTile;
    float* slope = w.slope ? w.slope + r * kTile : nullptr;
    finish_scores(t, block, shape, masked, r, p, slope);
    for (int j = 0; j < columns; j += kLanes) {
      const vf prob = exp(load(p + j) - w.lse[r]);
      vf g = prob * (load(ds + j) - w.delta[r]);
      if (slope) g *= load(slope + j);
      store(p + j, prob);
      store(ds + j, g);
    }
  }
}

template <class T>
struct Backward {
  const AttentionBackward& op;
  const AttentionShape& shape;
  float* delta;  // [T, heads]

  float& delta_of(const QueryTile& t, int r) const { return delta[t.token_of(r) * op.heads + t.head_of(r)]; }

  void load_queries(const QueryTile& t, PairTiles& w) const {
    pack_query_rows<T>(op.q, t, shape, w.q);
    pack_query_rows<T>(op.dout, t, shape, w.dout);
    for (int r = 0; r < t.rows(); ++r) w.lse[r] = op.lse.row<float>(t.token_of(r))[t.head_of(r)];
  }

  void load_keys(const AttentionSequence& s, const KeyBlock& block, int kv_head, const PairTiles& w) const {
    pack_keys_transposed<T>(op.k, s.k_start + block.first, block.keys, kv_head, shape, w.kt);
    pack_keys_transposed<T>(op.v, s.k_start + block.first, block.keys, kv_head, shape, w.vt);
  }

  void query_pass(const QueryTile& t) const {
    const int dp = shape.padded_dim, rows = t.rows(), d = shape.head_dim;
    TileScratch scratch(PairTiles::floats(shape) + size_t(2 * kTile * dp));
    PairTiles w(scratch, shape);
    float* k = scratch.take(size_t(kTile * dp));
    float* dq = scratch.take(size_t(kTile * dp));
    std::fill(dq, dq + rows * dp, 0.0f);
    load_queries(t, w);
    for (int r = 0; r < rows; ++r) {
      pack_row(op.o.row<T>(t.token_of(r)) + t.head_of(r) * d, d, k);
      vf total{};
      for (int i = 0; i < dp; i += kLanes) total += load(k + i) * load(w.dout + r * dp + i);
      w.delta[r] = delta_of(t, r) = sum(total);
    }
    const int kv_head = t.head / shape.group;
    const int end = t.last_position() + 1;
    for (int first = first_visible(t, shape.window) / kTile * kTile; first < end; first += kTile) {
      const KeyBlock block{first, std::min(kTile, end - first)};
      load_keys(t.sequence, block, kv_head, w);
      pack_key_rows<T>(op.k, t.sequence.k_start + first, block.keys, kv_head, shape, k);
      probabilities_and_gradients(w, shape, t, block);
      tile_gemm<true>(rows, dp, block.keys, {w.ds, kTile, 1}, k, dp, dq, dp);
    }
    for (int r = 0; r < rows; ++r) unpack_row(dq + r * dp, shape.scale, d, op.dq.row<T>(t.token_of(r)) + t.head_of(r) * d);
  }

  void key_pass(const AttentionSequence& s, const KeyBlock& block, int kv_head) const {
    const int dp = shape.padded_dim, d = shape.head_dim;
    TileScratch scratch(PairTiles::floats(shape) + size_t(2 * kTile * dp));
    PairTiles w(scratch, shape);
    float* dk = scratch.take(size_t(kTile * dp));
    float* dv = scratch.take(size_t(kTile * dp));
    std::fill(dk, dk + kTile * dp, 0.0f);
    std::fill(dv, dv + kTile * dp, 0.0f);
    load_keys(s, block, kv_head, w);
    for_each_query_tile(s, kv_head * shape.group, shape.group, [&](const QueryTile& t) {
      if (t.last_position() < block.first || first_visible(t, shape.window) >= block.first + block.keys) return;
      load_queries(t, w);
      for (int r = 0; r < t.rows(); ++r) w.delta[r] = delta_of(t, r);
      probabilities_and_gradients(w, shape, t, block);
      tile_gemm<true>(block.keys, dp, t.rows(), {w.p, 1, kTile}, w.dout, dp, dv, dp);
      tile_gemm<true>(block.keys, dp, t.rows(), {w.ds, 1, kTile}, w.q, dp, dk, dp);
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
  if (op.q.dtype == DType::BF16)
    backward<bf16>(context, op);
  else
    backward<float>(context, op);
}

}  // namespace fettle::cpu::FETTLE_TIER
