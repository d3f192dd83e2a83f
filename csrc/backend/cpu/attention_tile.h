#pragma once
// What attention's forward and backward share: tiles of query rows, packing into fp32, scores with their mask.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/tile_gemm.h"
#include "core/tensor.h"

namespace fettle::cpu::FETTLE_TIER {

/// Query rows and keys of a tile.
inline constexpr int kTile = 64;

inline int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// Numbers that hold for the whole call.
struct AttentionShape {
  int group, head_dim, padded_dim, window;
  float scale, soft_cap;
  AttentionShape(int heads, int kv_heads, int d, int w, float s, float cap)
      : group(heads / kv_heads), head_dim(d), padded_dim(round_up(d, kLanes)), window(w), scale(s), soft_cap(cap) {}
};

/// One sequence: its first rows in q and k, and where its first query sits among its keys.
struct AttentionSequence {
  int64_t q_start, k_start;
  int queries, keys;
  int first_position() const { return keys - queries; }
};

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

/// Uninitialised fp32 memory of the calling thread, cache-line aligned; kept from call to call.
class TileScratch {
 public:
  explicit TileScratch(size_t floats) {
    thread_local std::unique_ptr<float[]> memory;
    thread_local size_t size = 0;
    if (size < floats + 16) {
      memory = std::make_unique_for_overwrite<float[]>(floats + 16);
      size = floats + 16;
    }
    next_ = reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(memory.get()) + 63) & ~uintptr_t(63));
  }
  /// The next `floats`, a multiple of 16.
  float* take(size_t floats) {
    float* p = next_;
    next_ += floats;
    return p;
  }

 private:
  float* next_;
};

/// dst[0, padded) = src[0, d), then zeros.
template <class T>
inline void pack_row(const T* src, int d, float* dst) {
  int i = 0;
  for (; i + kLanes <= d; i += kLanes) store(dst + i, load(src + i));
  if (i < d) store(dst + i, load_partial(src + i, d - i));
}

/// dst[0, d) = factor * src[0, d), rounded to T.
template <class T>
inline void unpack_row(const float* src, float factor, int d, T* dst) {
  int i = 0;
  for (; i + kLanes <= d; i += kLanes) store(dst + i, load(src + i) * factor);
  if (i < d) store_partial(dst + i, load(src + i) * factor, d - i);
}

/// Head h of a tile's query rows of a [T, heads*D] matrix as fp32 [rows, padded_dim].
template <class T>
inline void pack_query_rows(const Tensor& x, const QueryTile& t, const AttentionShape& shape, float* dst) {
  for (int r = 0; r < t.rows(); ++r)
    pack_row(x.row<T>(t.token_of(r)) + t.head_of(r) * shape.head_dim, shape.head_dim, dst + r * shape.padded_dim);
}

/// Key rows [first, first + n) of one head as fp32 [n, padded_dim].
template <class T>
inline void pack_key_rows(const Tensor& x, int64_t first, int n, int kv_head, const AttentionShape& shape, float* dst) {
  for (int j = 0; j < n; ++j) pack_row(x.row<T>(first + j) + kv_head * shape.head_dim, shape.head_dim, dst + j * shape.padded_dim);
}

/// Transposes kLanes registers: interleaving row i with row i + kLanes/2, log2(kLanes) times over.
inline void transpose(vf (&r)[kLanes]) {
  vi low, high;
  for (int i = 0; i < kLanes; ++i) {
    low[i] = i / 2 + (i % 2) * kLanes;
    high[i] = low[i] + kLanes / 2;
  }
  for (int step = 1; step < kLanes; step *= 2) {
    vf t[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      t[2 * i] = __builtin_shuffle(r[i], r[i + kLanes / 2], low);
      t[2 * i + 1] = __builtin_shuffle(r[i], r[i + kLanes / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) r[i] = t[i];
  }
}

/// Key rows [first, first + n) of one head, transposed, as fp32 [padded_dim, kTile]; columns from n to a whole vector are zero.
template <class T>
inline void pack_keys_transposed(const Tensor& x, int64_t first, int n, int kv_head, const AttentionShape& shape, float* dst) {
  const int d = shape.head_dim;
  for (int j = 0; j < n; j += kLanes) {
    for (int p = 0; p < d; p += kLanes) {
      vf r[kLanes];
      for (int i = 0; i < kLanes; ++i) {
        if (j + i >= n) {
          r[i] = vf{};
          continue;
        }
        const T* src = x.row<T>(first + j + i) + kv_head * d + p;
        r[i] = p + kLanes <= d ? load(src) : load_partial(src, d - p);
      }
      transpose(r);
      for (int i = 0; i < kLanes; ++i) store(dst + (p + i) * kTile + j, r[i]);
    }
  }
}

/// A block of at most kTile keys, starting at key `first` of the sequence.
struct KeyBlock {
  int first, keys;
  int columns() const { return round_up(keys, kLanes); }
};

/// Keys that some row of the tile sees: [first, last].
inline int first_visible(const QueryTile& t, int window) { return window > 0 ? std::max(0, t.first_position() - window + 1) : 0; }

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
