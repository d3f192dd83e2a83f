#pragma once
// What attention's kernels share: the rows of a key-value head, where their tiles lie, and what each sees.
//
// The query heads of one key-value head share its keys, so a tile's rows are (query, head of the group) pairs of a sequence:
// row = query * group + head. A short sequence, decoding above all, fills a tile with several heads.
#include <bit>

#include "backend/cuda/device/divide.h"
#include "backend/cuda/device/reduce.h"
#include "core/bf16.h"
#include "core/tensor.h"
#include "ops/attention.h"
#include "primitives.h"

namespace fettle::cuda {

/// Rows of heads, [T, heads * D]; 32-bit so that an address is one wide multiplication.
template <class T>
struct HeadRows {
  T* data;
  int ld;
  explicit HeadRows(const Tensor& t) : data(t.as<T>()), ld(int(t.ld)) {}
  __device__ __forceinline__ T* at(int row, int column) const { return data + (int64_t(row) * ld + column); }
};

/// One sequence: its first rows in q and k, its lengths; with `pages`, where each 2^page_shift of its keys begin.
struct Sequence {
  int q_start, queries, k_start, keys;
  const int32_t* pages;
  int page_shift;
  /// Key index of the first query: the last sits at the last key.
  __device__ int first_position() const { return keys - queries; }
  /// The row of k and v that holds a key.
  __device__ int key_row(int key) const {
    return pages ? (pages[key >> page_shift] << page_shift) + (key & ((1 << page_shift) - 1)) : k_start + key;
  }
};

/// The sequences of a call, in device memory. Without k_start and k_len the keys lie as the queries do.
struct Sequences {
  const int32_t *cu_q, *k_start, *k_len;
  int count;
  const int32_t* block_table;
  int table_width, block_shift;

  explicit Sequences(const AttentionForward& op)
      : cu_q(op.cu_q.as<const int32_t>()),
        k_start(op.k_start.as<const int32_t>()),
        k_len(op.k_len.as<const int32_t>()),
        count(int(op.k_len.size())),
        block_table(op.block_table.as<const int32_t>()),
        table_width(int(op.block_table.ld)),
        block_shift(op.block_table ? std::countr_zero(uint32_t(op.block_size)) : 0) {}
  explicit Sequences(const AttentionBackward& op)
      : cu_q(op.cu.as<const int32_t>()),
        k_start(nullptr),
        k_len(nullptr),
        count(int(op.cu.size()) - 1),
        block_table(nullptr),
        table_width(0),
        block_shift(0) {}
  __device__ int queries(int s) const { return cu_q[s + 1] - cu_q[s]; }
  __device__ Sequence operator[](int s) const {
    return {cu_q[s],
            queries(s),
            k_start ? k_start[s] : cu_q[s],
            k_len ? k_len[s] : queries(s),
            block_table ? block_table + int64_t(s) * table_width : nullptr,
            block_shift};
  }
};

struct Place {
  int sequence, tile;  // sequence -1: there is none
};

/// The sequence and the tile that `index` counts to, when sequence s has ceil(rows(s) / tile_size) tiles, each sequence's last tile first
/// if LastFirst. Each warp looks for itself, 32 sequences at a time.
template <bool LastFirst, class RowCount>
__device__ __forceinline__ Place find_tile(int index, int sequences, int tile_size, const RowCount& rows) {
  const int lane = int(threadIdx.x) % 32;
  int before = 0;
  for (int first = 0; first < sequences; first += 32) {
    const int s = first + lane;
    const int tiles = s < sequences ? (rows(s) + tile_size - 1) / tile_size : 0;
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

/// More keys than any sequence has, and far from overflow.
inline constexpr int kUnlimited = 1 << 30;

/// A call's heads. `group`: query heads of a key-value head; `window`: how many keys a query sees.
struct HeadShape {
  int kv_heads, head_dim, window;
  Divider group;
  HeadShape(int heads, int kv, int dim, int w)
      : kv_heads(kv), head_dim(dim), window(w > 0 ? min(w, kUnlimited) : kUnlimited), group(uint32_t(heads / kv)) {}
  __device__ int group_size() const { return int(group.divisor); }
  __device__ int heads() const { return kv_heads * group_size(); }
};

/// A row of a tile: its token and its query head.
struct TileRow {
  int token, head;
};

/// A tile of rows of a sequence for one key-value head.
struct RowTile {
  const HeadShape& shape;
  Sequence sequence;
  int kv_head, first, rows;           // first row within the sequence; rows that are there
  int first_position, last_position;  // key index of the first and of the last row's query

  __device__ RowTile(const HeadShape& h, const Sequence& s, int kv, int tile, int tile_size)
      : shape(h), sequence(s), kv_head(kv), first(tile * tile_size) {
    rows = min(tile_size, s.queries * h.group_size() - first);
    first_position = position(0);
    last_position = position(rows - 1);
  }
  __device__ int position(int row) const { return sequence.first_position() + query(row); }
  __device__ TileRow operator[](int row) const {
    const int q = query(row);
    return {sequence.q_start + q, kv_head * shape.group_size() + first + row - q * shape.group_size()};
  }
  /// Blocks of `size` keys that some row sees: [first_block, end_block).
  __device__ int first_block(int size) const { return max(0, first_position - shape.window + 1) / size; }
  __device__ int end_block(int size) const { return last_position / size + 1; }
  /// Whether some row of the tile does not see all `size` keys from `key` on.
  __device__ bool needs_mask(int key, int size) const { return key + size - 1 > first_position || key <= last_position - shape.window; }

 private:
  __device__ int query(int row) const { return int(shape.group.quotient(uint32_t(first + row))); }
};

/// `distance`: from a key on to a query's position.
__device__ __forceinline__ bool in_window(int distance, int window) { return uint32_t(distance) < uint32_t(window); }

/// From q k^T to probabilities: x = q k^T, or tanh(q k^T * cap_scale) with a soft cap; p = 2^(factor * (x - largest x)).
struct ScoreScale {
  float factor, cap_scale;  // cap_scale 0: no cap
  ScoreScale(float scale, float soft_cap)
      : factor((soft_cap > 0 ? soft_cap : scale) * 1.4426950408889634f), cap_scale(soft_cap > 0 ? scale / soft_cap : 0.0f) {}
};
inline constexpr float kLn2 = 0.6931471805599453f, kLog2E = 1.4426950408889634f;

/// Absolute error below 4e-7.
__device__ __forceinline__ float tanh_approx(float x) { return 1.0f - 2.0f * reciprocal_approx(exp2_approx(x * (2 * kLog2E)) + 1.0f); }

/// What a kernel instance is made for: Plain has rows that are Aligned to 16 bytes and no soft cap.
enum class Variant { Plain, Capped, General, Split, SplitCapped };
constexpr bool is_aligned(Variant v) { return v != Variant::General; }
constexpr bool may_cap(Variant v) { return v == Variant::Capped || v == Variant::General || v == Variant::SplitCapped; }
constexpr bool is_split(Variant v) { return v == Variant::Split || v == Variant::SplitCapped; }

}  // namespace fettle::cuda
