#pragma once
// What attention's forward and backward share: tiles of query rows, blocks of keys, which scores are seen.
#include <string>
#include <vector>

#include "backend/cpu/tile_pack.h"
#include "core/error.h"
#include "core/tensor.h"

namespace fettle::cpu::FETTLE_TIER {

/// Numbers that hold for the whole call. A tile of rows of a head has `padded_dim` columns.
struct AttentionShape {
  int group, kv_heads, head_dim, padded_dim, window;
  float scale, soft_cap;
  AttentionShape(int heads, int kv, int d, int w, float s, float cap)
      : group(heads / kv), kv_heads(kv), head_dim(d), padded_dim(round_up(d, kLanes)), window(w), scale(s), soft_cap(cap) {}
  /// Floats of scratch for kTile rows of a head as fp32.
  size_t rows_floats() const { return size_t(kTile) * size_t(padded_dim); }
  /// Words from one row to the next of rows packed for a reduction along them.
  template <class V>
  int row_words() const {
    return round_up(words<V>(head_dim), kLanes);
  }
  /// Floats of kTile rows of a head, packed as an operand.
  template <class V>
  size_t packed_floats() const {
    return size_t(kTile) * size_t(row_words<V>());
  }
};

/// Where a sequence's keys lie: one after the other from `start`, or in blocks of 2^shift rows.
struct KeyPlaces {
  int64_t start = 0;
  const int32_t* blocks = nullptr;
  int shift = 0;
  int64_t operator()(int key) const { return blocks ? (int64_t(blocks[key >> shift]) << shift) + (key & ((1 << shift) - 1)) : start + key; }
};

/// One sequence: its first row in q, its keys' rows, and where its first query sits among its keys. `first_block` numbers its blocks of
/// keys.
struct AttentionSequence {
  int64_t q_start;
  KeyPlaces key_row;
  int queries, keys;
  int64_t first_block = 0;
  int first_position() const { return keys - queries; }
  int blocks() const { return (keys + kTile - 1) / kTile; }
};

inline void check_sequence(const char* op, const AttentionSequence& s, int64_t q_rows, int64_t k_rows) {
  const int64_t k_start = s.key_row.start;
  if (s.q_start < 0 || s.queries < 0 || s.q_start + s.queries > q_rows || k_start < 0 || s.keys < s.queries || k_start + s.keys > k_rows)
    throw Error("FETTLE_INVALID_ARGUMENT", std::string(op) + ": a sequence of " + std::to_string(s.queries) + " queries from row " +
                                               std::to_string(s.q_start) + " and " + std::to_string(s.keys) + " keys from row " +
                                               std::to_string(k_start) + " does not fit " + std::to_string(q_rows) + " rows of q and " +
                                               std::to_string(k_rows) + " of k");
}

/// A tile of query rows: `queries` from `query` on (within the sequence), for `heads` heads of one group, head after head.
/// Short sequences, decoding above all, fill a tile with several heads.
struct QueryTile {
  AttentionSequence sequence;
  int query, queries, head, heads;

  int rows() const { return queries * heads; }
  int first_position() const { return sequence.first_position() + query; }
  int last_position() const { return first_position() + queries - 1; }
  /// Blocks of keys that some row sees: [first_block, end_block).
  int first_block(int window) const { return (window > 0 ? std::max(0, first_position() - window + 1) : 0) / kTile; }
  int end_block() const { return last_position() / kTile + 1; }
};

/// Calls f(QueryTile) for the tiles that cover heads [first, first + group) of rows [query, query + kTile) of a sequence.
template <class F>
inline void for_each_head_tile(const AttentionSequence& s, int query, int first, int group, F&& f) {
  const int together = std::clamp(kTile / s.queries, 1, group);
  for (int h = 0; h < group; h += together)
    f(QueryTile{s, query, std::min(kTile, s.queries - query), first + h, std::min(together, group - h)});
}

/// A block of at most kTile keys, starting at key `first` of the sequence.
struct KeyBlock {
  int first, keys;
  KeyBlock(const AttentionSequence& s, int block) : first(block * kTile), keys(std::min(kTile, s.keys - first)) {}
  int columns() const { return round_up(keys, kLanes); }
};

/// Where the head's row of each row of a tile starts.
template <class T>
struct QueryRows {
  T* row[kTile];
  QueryRows(const Tensor& x, const QueryTile& t, int d) {
    for (int h = 0, r = 0; h < t.heads; ++h)
      for (int i = 0; i < t.queries; ++i, ++r) row[r] = x.row<T>(t.sequence.q_start + t.query + i) + (t.head + h) * d;
  }
  T* operator()(int r) const { return row[r]; }
  /// Asks for all rows at once: they lie far apart, and the processor would find them one after the other.
  void prefetch(int rows, int d) const {
    for (int r = 0; r < rows; ++r)
      for (int i = 0; i < d; i += 64 / int(sizeof(T))) __builtin_prefetch(row[r] + i, 0, 3);
  }
};
/// Where the head's row of each key of a block starts.
template <class T>
inline auto key_rows(const Tensor& x, const AttentionSequence& s, const KeyBlock& b, int kv_head, int d) {
  return [&x, &s, first = b.first, column = kv_head * d](int j) -> const T* { return x.row<T>(s.key_row(first + j)) + column; };
}

/// Which of a block's keys each row of a tile sees: [from, to).
struct Visible {
  bool all;  // every row sees every column, so `from` and `to` are not filled in
  int columns;
  int from[kTile], to[kTile];

  Visible(const QueryTile& t, const KeyBlock& b, int window) : columns(b.columns()) {
    all = b.keys % kLanes == 0 && b.first + b.keys - 1 <= t.first_position() && (window <= 0 || b.first > t.last_position() - window);
    if (all) return;
    for (int r = 0, h = 0; h < t.heads; ++h)
      for (int i = 0; i < t.queries; ++i, ++r) {
        const int position = t.first_position() + i - b.first;  // the last key that the row sees
        to[r] = std::clamp(position + 1, 0, b.keys);
        from[r] = window > 0 ? std::clamp(position - window + 1, 0, to[r]) : 0;
      }
  }
  /// Columns, in whole registers, after which rows [first, end) see nothing.
  int columns_of(int first, int end) const {
    if (all) return columns;
    int last = 0;
    for (int r = first; r < end; ++r) last = std::max(last, to[r]);
    return round_up(last, kLanes);
  }
  /// Scores (r, j..), -infinity where they are not seen.
  vf mask(int r, int j, vf scores) const {
    if (all || (j >= from[r] && j + kLanes <= to[r])) return scores;
    vi column;
    for (int i = 0; i < kLanes; ++i) column[i] = i;
    column += j;
    return select((column >= from[r]) & (column < to[r]), scores, splat(-INFINITY));
  }
};

/// How a score, before scale and cap, becomes an exponent, and the exponent a probability: where activations are bf16, to what that needs.
template <class T>
struct Exponent {
  float factor;  // of a score in the exponent
  float soft_cap, scale;
  Exponent(const AttentionShape& s) : soft_cap(s.soft_cap), scale(s.scale) {
    factor = (soft_cap > 0 ? 1.0f : scale) * (sizeof(T) == 2 ? 1.44269504f : 1.0f);
  }
  /// The score times this is the natural logarithm's exponent.
  float natural() const { return soft_cap > 0 ? 1.0f : scale; }
  /// The score itself, or the capped one and d(capped) / d(uncapped).
  vf cap(vf score, vf* slope = nullptr) const {
    if (soft_cap <= 0) return score;
    const vf th = tanh(score * (scale / soft_cap));
    if (slope) *slope = 1.0f - th * th;
    return th * soft_cap;
  }
  /// e^(natural * (a - b)); exactly 1 where they are equal.
  vf ratio(vf a, vf b) const {
    if constexpr (sizeof(T) == 2) return fast_exp2((a - b) * factor);
    return exp((a - b) * factor);
  }
  /// e^(natural * score - lse), given lse * (factor / natural).
  vf operator()(vf score, vf shift) const {
    if constexpr (sizeof(T) == 2) return fast_exp2(score * factor - shift);
    return exp(score * factor - shift);
  }
};

}  // namespace fettle::cpu::FETTLE_TIER
