#pragma once
// What attention's forward and backward share: tiles of query rows, blocks of keys, scores with their mask.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/tile_pack.h"
#include "core/error.h"
#include "core/tensor.h"

namespace fettle::cpu::FETTLE_TIER {

/// Numbers that hold for the whole call. A tile of rows of a head has `padded_dim` columns.
struct AttentionShape {
  int group, head_dim, padded_dim, window;
  float scale, soft_cap;
  AttentionShape(int heads, int kv_heads, int d, int w, float s, float cap)
      : group(heads / kv_heads), head_dim(d), padded_dim(round_up(d, kLanes)), window(w), scale(s), soft_cap(cap) {}
  /// Floats of scratch for kTile rows of a head, in any layout.
  size_t rows_floats() const { return size_t(kTile) * size_t(padded_dim); }
};

/// One sequence: its first rows in q and k, and where its first query sits among its keys.
struct AttentionSequence {
  int64_t q_start, k_start;
  int queries, keys;
  int first_position() const { return keys - queries; }
};

inline void check_sequence(const char* op, const AttentionSequence& s, int64_t q_rows, int64_t k_rows) {
  if (s.q_start < 0 || s.queries < 0 || s.q_start + s.queries > q_rows || s.k_start < 0 || s.keys < s.queries ||
      s.k_start + s.keys > k_rows)
    throw Error("FETTLE_INVALID_ARGUMENT", std::string(op) + ": a sequence of " + std::to_string(s.queries) + " queries from row " +
                                               std::to_string(s.q_start) + " and " + std::to_string(s.keys) + " keys from row " +
                                               std::to_string(s.k_start) + " does not fit " + std::to_string(q_rows) + " rows of q and " +
                                               std::to_string(k_rows) + " of k");
}

/// A tile of query rows: `queries` from `query` on (within the sequence), for `heads` heads of one group, head after head.
/// Short sequences, decoding above all, fill a tile with several heads, which share the packed keys.
struct QueryTile {
  AttentionSequence sequence;
  int query, queries, head, heads;

  int rows() const { return queries * heads; }
  int head_of(int r) const { return head + r / queries; }
  int64_t token_of(int r) const { return sequence.q_start + query + r % queries; }
  /// Key index at which row r sits: the last that it sees.
  int position_of(int r) const { return sequence.first_position() + query + r % queries; }
  int first_position() const { return sequence.first_position() + query; }
  int last_position() const { return first_position() + queries - 1; }
  int first_visible(int window) const { return window > 0 ? std::max(0, first_position() - window + 1) : 0; }
};

/// Calls f(QueryTile) for the tiles that cover heads [first, first + group) of a sequence, the longest rows first.
template <class F>
inline void for_each_query_tile(const AttentionSequence& s, int first, int group, F&& f) {
  if (s.queries <= 0) return;
  const int together = std::clamp(kTile / s.queries, 1, group);
  for (int query = (s.queries - 1) / kTile * kTile; query >= 0; query -= kTile)
    for (int h = 0; h < group; h += together)
      f(QueryTile{s, query, std::min(kTile, s.queries - query), first + h, std::min(together, group - h)});
}

/// A block of at most kTile keys, starting at key `first` of the sequence.
struct KeyBlock {
  int first, keys;
  int columns() const { return round_up(keys, kLanes); }
};

/// Calls f(KeyBlock) for the blocks of keys that some row of the tile sees.
template <class F>
inline void for_each_key_block(const QueryTile& t, int window, F&& f) {
  const int end = t.last_position() + 1;
  for (int first = t.first_visible(window) / kTile * kTile; first < end; first += kTile) f(KeyBlock{first, std::min(kTile, end - first)});
}

/// Where a head's row of each query of the tile, or of each key of the block, starts.
template <class T>
inline auto query_rows(const Tensor& x, const QueryTile& t, int d) {
  return [&x, &t, d](int r) -> const T* { return x.row<T>(t.token_of(r)) + t.head_of(r) * d; };
}
template <class T>
inline auto key_rows(const Tensor& x, const AttentionSequence& s, const KeyBlock& b, int kv_head, int d) {
  return [&x, first = s.k_start + b.first, column = kv_head * d](int j) -> const T* { return x.row<T>(first + j) + column; };
}

inline bool needs_mask(const QueryTile& t, const KeyBlock& b, int window) {
  return b.keys % kLanes != 0 || b.first + b.keys - 1 > t.first_position() || (window > 0 && b.first <= t.last_position() - window);
}

/// tanh by e^2x: absolute error below 2e-7.
inline vf tanh(vf x) { return 1.0f - 2.0f / (exp(x + x) + 1.0f); }

/// Turns q k^T of row r into scores: scale, cap, mask (-infinity). `slope`, given with a cap, gets d(capped) / d(uncapped).
inline void finish_scores(const QueryTile& t, const KeyBlock& b, const AttentionShape& shape, bool masked, int r, float* s, float* slope) {
  for (int j = 0; j < b.columns(); j += kLanes) {
    vf v = load(s + j) * shape.scale;
    if (shape.soft_cap > 0) {
      const vf th = tanh(v * (1.0f / shape.soft_cap));
      v = th * shape.soft_cap;
      if (slope) store(slope + j, 1.0f - th * th);
    }
    store(s + j, v);
  }
  if (!masked) return;
  const int position = t.position_of(r);
  const int last = std::min(b.keys - 1, position - b.first);
  const int first = shape.window > 0 ? std::min(position - shape.window + 1 - b.first, b.columns()) : 0;
  for (int j = 0; j < first; ++j) s[j] = -INFINITY;
  for (int j = std::max(0, last + 1); j < b.columns(); ++j) s[j] = -INFINITY;
}

}  // namespace fettle::cpu::FETTLE_TIER
