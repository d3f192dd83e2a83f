#pragma once
// The part of attention's backward that a range of keys takes.
#include "backend/cpu/attention_tile.h"
#include "ops/attention.h"

namespace fettle::cpu::FETTLE_TIER {

/// Blocks of keys of a range: with their sums they stay in L2. A constant, since it decides the order of dq's sums.
inline constexpr int kRangeBlocks = 8;

/// Blocks [first, end) of a sequence's keys, for the query heads of one key head.
struct KeyRange {
  AttentionSequence sequence;
  int kv_head, first, end;

  int index() const { return first / kRangeBlocks; }
  /// Queries [first, end) that see the range.
  int first_query() const { return std::max(0, first * kTile - sequence.first_position()); }
  int end_query(int window) const {
    const int last_key = std::min(end * kTile, sequence.keys) - 1;
    return window > 0 ? std::min(sequence.queries, last_key + window - sequence.first_position()) : sequence.queries;
  }
};

template <class T>
class RangePass {
 public:
  RangePass(const AttentionBackward& op, const AttentionShape& shape)
      : op_(op), shape_(shape), exponent_(shape), packed_floats_(shape.packed_floats<V>()), scratch_(scratch_floats()) {
    for (float** p : {&q_, &dout_, &q_rows_, &dout_rows_}) *p = scratch_.take(packed_floats_);
    for (float** p : {&p_, &g_, &ds_}) *p = scratch_.take(kPairFloats);
    for (float** p : {&s_, &dp_}) *p = scratch_.take(kTileRows * kTile);
    dq_ = scratch_.take(shape_.rows_floats());
    keys_ = scratch_.take(kRangeBlocks * 3 * packed_floats_);
    sums_ = scratch_.take(kRangeBlocks * 2 * shape_.rows_floats());
  }

  /// dk and dv of the range; calls put_dq(tile, dq) with the share of each tile of rows, without the factor `scale`.
  template <class F>
  void run(const KeyRange& range, F&& put_dq) {
    pack_keys(range);
    const AttentionSequence& s = range.sequence;
    for (int query = range.first_query() / kTile * kTile; query < range.end_query(shape_.window); query += kTile)
      for_each_head_tile(s, query, range.kv_head * shape_.group, shape_.group, [&](const QueryTile& t) {
        load_tile(t);
        for (int b = std::max(range.first, t.first_block(shape_.window)); b < std::min(range.end, t.end_block()); ++b)
          add_pair(t, KeyBlock(s, b), b - range.first);
        put_dq(t, dq_);
      });
    store_keys(range);
  }

 private:
  using V = TileValue<T>;
  static constexpr size_t kPairFloats = size_t(kTile / kPerWord<V>) * kTile;

  size_t scratch_floats() const {
    return (4 + kRangeBlocks * 3) * packed_floats_ + 3 * kPairFloats + 2 * kTileRows * kTile +
           (1 + kRangeBlocks * 2) * shape_.rows_floats();
  }
  float* kt(int block) const { return keys_ + size_t(block * 3) * packed_floats_; }
  float* vt(int block) const { return kt(block) + packed_floats_; }
  float* k_rows(int block) const { return vt(block) + packed_floats_; }
  float* dk(int block) const { return sums_ + size_t(block * 2) * shape_.rows_floats(); }
  float* dv(int block) const { return dk(block) + shape_.rows_floats(); }

  void pack_keys(const KeyRange& range) {
    const int d = shape_.head_dim;
    for (int b = range.first; b < range.end; ++b) {
      const KeyBlock block(range.sequence, b);
      const auto k = key_rows<T>(op_.k, range.sequence, block, range.kv_head, d),
                 v = key_rows<T>(op_.v, range.sequence, block, range.kv_head, d);
      pack_rows_transposed<V>(block.keys, d, k, kt(b - range.first));
      pack_rows_transposed<V>(block.keys, d, v, vt(b - range.first));
      pack_rows_as_b<V>(block.keys, d, shape_.padded_dim, k, k_rows(b - range.first));
    }
    std::fill(sums_, sums_ + size_t(range.end - range.first) * 2 * shape_.rows_floats(), 0.0f);
  }

  void load_tile(const QueryTile& t) {
    const int d = shape_.head_dim, dp = shape_.padded_dim, rows = t.rows(), stride = shape_.row_words<V>();
    const QueryRows<const T> q(op_.q, t, d), dout(op_.dout, t, d), o(op_.o, t, d);
    const QueryRows<const float> lse(op_.lse, t, 1);
    for (const auto* x : {&q, &dout, &o}) x->prefetch(rows, d);
    pack_rows<V>(rows, d, stride, q, q_);
    pack_rows<V>(rows, d, stride, dout, dout_);
    pack_rows_as_b<V>(rows, d, dp, q, q_rows_);
    pack_rows_as_b<V>(rows, d, dp, dout, dout_rows_);
    for (int r = 0; r < rows; ++r) {
      vf total{};
      for (int i = 0; i < d; i += kLanes) total += load_row(o(r) + i, d - i) * load_row(dout(r) + i, d - i);
      delta_[r] = sum(total);
      shift_[r] = *lse(r) * (exponent_.factor / exponent_.natural());
    }
    std::fill(dq_, dq_ + rows * dp, 0.0f);
  }

  void add_pair(const QueryTile& t, const KeyBlock& block, int at) {
    const int d = shape_.head_dim, dp = shape_.padded_dim, rows = t.rows(), stride = shape_.row_words<V>(), ds_stride = kTile / kPerWord<V>;
    const Visible visible(t, block, shape_.window);
    const auto finish = shape_.soft_cap > 0 ? &RangePass::finish_scores<true, true>
                        : visible.all       ? &RangePass::finish_scores<false, false>
                                            : &RangePass::finish_scores<true, false>;
    for (int first = 0; first < rows; first += kTileRows) {
      const int count = std::min(kTileRows, rows - first), columns = visible.columns_of(first, first + count);
      tile_gemm<V, false>(count, columns, words<V>(d), {q_ + first * stride, stride, 1}, kt(at), kTile, s_, kTile);
      tile_gemm<V, false>(count, columns, words<V>(d), {dout_ + first * stride, stride, 1}, vt(at), kTile, dp_, kTile);
      (this->*finish)(first, count, columns, visible);
      tile_gemm<V, true>(count, dp, words<V>(std::min(columns, block.keys)), {ds_ + first * ds_stride, ds_stride, 1}, k_rows(at), dp,
                         dq_ + first * dp, dp);
    }
    for (int first = 0; first < block.keys; first += kTileRows) {
      const int count = std::min(kTileRows, block.keys - first);
      // rows before the first that sees these keys add nothing
      const int before = t.heads == 1 ? std::clamp(block.first + first - t.first_position(), 0, rows) : 0;
      const int skip = before / kPerWord<V>, depth = words<V>(rows) - skip;
      if (depth <= 0) continue;
      tile_gemm<V, true>(count, dp, depth, {p_ + skip * kTile + first, 1, kTile}, dout_rows_ + skip * dp, dp, dv(at) + first * dp, dp);
      tile_gemm<V, true>(count, dp, depth, {g_ + skip * kTile + first, 1, kTile}, q_rows_ + skip * dp, dp, dk(at) + first * dp, dp);
    }
  }

  /// Turns rows [first, first + count) of q k^T and do v^T into probabilities and their gradients, to be reduced along the rows (p_, g_)
  /// and the gradients along the columns too (ds_).
  template <bool Masked, bool Capped>
  void finish_scores(int first, int count, int columns, const Visible& visible) {
    for (int i = 0; i < count; i += 2)
      for (int j = 0; j < kTile; j += kLanes) {
        vf p[2] = {}, g[2] = {};
        if (j < columns) {
#pragma GCC unroll 2
          for (int odd = 0; odd < 2; ++odd) {
            if (i + odd == count) break;
            const int r = first + i + odd, at = (i + odd) * kTile + j;
            vf score = load(s_ + at), slope = splat(1.0f);
            if (Capped) score = exponent_.cap(score, &slope);
            if (Masked) score = visible.mask(r, j, score);
            p[odd] = exponent_(score, splat(shift_[r]));
            g[odd] = p[odd] * (load(dp_ + at) - delta_[r]);
            if (Capped) g[odd] *= slope;
            store(reinterpret_cast<V*>(ds_ + r * (kTile / kPerWord<V>)) + j, g[odd]);
          }
        }
        put_rows(p_, first + i, j, p);
        put_rows(g_, first + i, j, g);
      }
  }
  static void put_rows(float* tile, int row, int j, const vf (&values)[2]) {
    if constexpr (kPerWord<V> == 2) {
      store(tile + row / 2 * kTile + j, pair_rows(values[0], values[1]));
    } else {
      store(tile + row * kTile + j, values[0]);
      if (row + 1 < kTile) store(tile + (row + 1) * kTile + j, values[1]);
    }
  }

  void store_keys(const KeyRange& range) {
    const int d = shape_.head_dim, dp = shape_.padded_dim;
    for (int b = range.first; b < range.end; ++b) {
      const KeyBlock block(range.sequence, b);
      for (int j = 0; j < block.keys; ++j) {
        const int64_t token = range.sequence.key_row(block.first + j);
        unpack_row(dk(b - range.first) + j * dp, shape_.scale, d, op_.dk.template row<T>(token) + range.kv_head * d);
        unpack_row(dv(b - range.first) + j * dp, 1.0f, d, op_.dv.template row<T>(token) + range.kv_head * d);
      }
    }
  }

  const AttentionBackward& op_;
  const AttentionShape& shape_;
  const Exponent<T> exponent_;
  const size_t packed_floats_;  // of kTile rows of a head
  TileScratch scratch_;
  float *q_, *dout_, *q_rows_, *dout_rows_;  // the tile's rows, to be reduced along d, and along the rows
  float *p_, *g_, *ds_, *s_, *dp_, *dq_;
  float *keys_, *sums_;
  float shift_[kTile], delta_[kTile];
};

}  // namespace fettle::cpu::FETTLE_TIER
