#pragma once
// What attention's kernels share: the rows of a key-value head, where their tiles lie, and what each sees.
//
// The query heads of one key-value head share its keys, so a tile's rows are (query, head of the group) pairs of a sequence:
// row = query * group + head. A short sequence, decoding above all, fills a tile with several heads.
#include "backend/cuda/device/divide.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/rows.h"
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// One sequence: its first rows in q and k, its lengths.
struct Sequence {
  int q_start, queries, k_start, keys;
  /// Key index of the first query: the last sits at the last key.
  __device__ int first_position() const { return keys - queries; }
};

/// The sequences of a call, in device memory. Without k_start and k_len the keys lie as the queries do.
struct Sequences {
  const int32_t *cu_q, *k_start, *k_len;
  int count;
  __device__ Sequence operator[](int s) const {
    const int begin = cu_q[s], n = cu_q[s + 1] - begin;
    return {begin, n, k_start ? k_start[s] : begin, k_len ? k_len[s] : n};
  }
};

struct Place {
  int sequence, tile;  // sequence -1: there is none
};

/// The sequence and the tile that `index` counts to, when sequence s has ceil(length(s) / tile_size) tiles, each sequence's last tile
/// first if LastFirst. Each warp looks for itself, 32 sequences at a time.
template <bool LastFirst, class Length>
__device__ __forceinline__ Place find_tile(int index, int sequences, int tile_size, Length&& length) {
  const int lane = int(threadIdx.x) % 32;
  int before = 0;
  for (int first = 0; first < sequences; first += 32) {
    const int s = first + lane;
    const int tiles = s < sequences ? (length(s) + tile_size - 1) / tile_size : 0;
    int through = tiles;  // tiles of sequences first .. s
#pragma unroll
    for (int step = 1; step < 32; step *= 2) {
      const int other = shuffle(through, lane - step);
      if (lane >= step) through += other;
    }
    const int all = shuffle(through, 31), at = index - before;
    if (at < all) {
      const bool here = at < through && at >= through - tiles;
      return {warp_sum(here ? s : 0), warp_sum(!here ? 0 : LastFirst ? through - 1 - at : at - through + tiles)};
    }
    before += all;
  }
  return {-1, 0};
}

/// An upper bound on the tiles of sequences with `rows` rows in all.
inline int64_t most_tiles(int64_t rows, int64_t sequences, int tile_size) { return rows / tile_size + sequences; }

/// A head's numbers.
struct HeadShape {
  int kv_heads, head_dim, window;  // window 0: all
  Divider group;                   // query heads of a key-value head
  __device__ int group_size() const { return int(group.divisor); }
  __device__ int query(int row) const { return int(group.quotient(uint32_t(row))); }
};

/// A tile of rows of a sequence for one key-value head.
struct RowTile {
  Sequence sequence;
  int first, rows;                    // within the sequence; rows that are there
  int first_position, last_position;  // key index of the first and of the last row's query

  __device__ RowTile(const Sequence& s, const HeadShape& h, int tile, int tile_size) : sequence(s), first(tile * tile_size) {
    const int left = s.queries * h.group_size() - first;
    rows = left < tile_size ? left : tile_size;
    first_position = s.first_position() + h.query(first);
    last_position = s.first_position() + h.query(first + rows - 1);
  }
  __device__ int position(const HeadShape& h, int row) const { return sequence.first_position() + h.query(first + row); }
  /// Row of q and head of the group.
  __device__ int token(const HeadShape& h, int row) const { return sequence.q_start + h.query(first + row); }
  __device__ int head(const HeadShape& h, int row) const { return first + row - h.query(first + row) * h.group_size(); }
  /// Blocks of `size` keys that some row sees: [first_block, end_block).
  __device__ int first_block(const HeadShape& h, int size) const {
    return h.window > 0 && first_position >= h.window ? (first_position - h.window + 1) / size : 0;
  }
  __device__ int end_block(int size) const { return last_position / size + 1; }
  /// Whether some row of the tile does not see all `size` keys from `key` on.
  __device__ bool needs_mask(const HeadShape& h, int key, int size) const {
    return key + size - 1 > first_position || (h.window > 0 && key <= last_position - h.window);
  }
};

/// The rows [first, end) that see some of `size` keys from `key` on.
struct RowRange {
  int first, end;
  __device__ RowRange(const Sequence& s, const HeadShape& h, int key, int size) {
    const int group = h.group_size(), query = key - s.first_position(), past = query + size - 1 + h.window;
    first = (query > 0 ? query : 0) * group;
    end = (h.window > 0 && past < s.queries ? past : s.queries) * group;
  }
};

/// Whether the query at `position` sees `key`.
__device__ __forceinline__ bool sees(int position, int key, int window) {
  return key <= position && (window == 0 || key > position - window);
}

/// From q k^T to probabilities: x = q k^T, or tanh(q k^T * cap_scale) with a soft cap; p = 2^(factor * (x - largest x)).
struct ScoreScale {
  float factor, cap_scale;  // cap_scale 0: no cap
  ScoreScale(float scale, float soft_cap)
      : factor((soft_cap > 0 ? soft_cap : scale) * 1.4426950408889634f), cap_scale(soft_cap > 0 ? scale / soft_cap : 0.0f) {}
};

/// Absolute error below 4e-7.
__device__ __forceinline__ float tanh_approx(float x) {
  return 1.0f - 2.0f * reciprocal_approx(exp2_approx(x * 2.8853900817779268f) + 1.0f);
}

}  // namespace fettle::cuda
