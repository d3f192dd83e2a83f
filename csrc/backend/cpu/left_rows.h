#pragma once
// The rows of a product's left operand as the micro-kernel reads them: as they lie where that can be, else packed. Reading them in place
// saves a pass over memory that costs up to a seventh of a product with few columns.
#include <numeric>

#include "backend/cpu/gemm_blocks.h"
#include "backend/cpu/panel.h"
#include "core/thread_pool.h"
#include "ops/op.h"

namespace fettle::cpu::FETTLE_TIER {

/// The rows of C in register tiles: whole ones, then lower ones.
struct RowTiles {
  explicit RowTiles(int64_t m) : whole(m / kRows), rows(m) {
    for (int64_t left = m % kRows; left > 0; left -= tile_rows(left)) ++rest;
  }
  int64_t whole, rows, rest = 0;

  int64_t count() const { return whole + rest; }
  int64_t first_row(int64_t tile) const {
    int64_t row = std::min(tile, whole) * kRows;
    for (; tile > whole; --tile) row += tile_rows(rows - row);
    return row;
  }
  int height(int64_t tile) const { return tile < whole ? kRows : tile_rows(rows - first_row(tile)); }
};

/// The rows of an operand over a block of the reduction.
struct LeftRows {
  const uint32_t* data = nullptr;
  int64_t steps = 0;
  int64_t ld = 0;  // words from one row to the next where they lie; 0 where they are packed, tile by tile

  RowOperand tile(int64_t row, int height) const {
    if (ld) return {data + row * ld, ld, 1};
    return {data + row * steps, 1, height};
  }
  /// The tile after that one; where it is packed, a `share`-th of it with each pass over the steps.
  Ahead after(int64_t row, int height, int64_t pass, int64_t share) const {
    const char* next = reinterpret_cast<const char*>(tile(row + height, height).data);
    if (ld) return {next, ld * 4, (1 - ld) * kAheadSteps * 4};
    return {next + pass * steps * (height * 4 / share), height * 4 / share, 0};
  }
};

/// Whether the lines of a tile's rows, `bytes` apart, fit into the sets of the L1 cache that they map to, beside B's.
inline bool rows_fit_l1(int64_t bytes) {
  const int64_t ways = int64_t(cache_sizes().l1_ways), way = int64_t(cache_sizes().l1) / ways;
  const int64_t places = way / std::gcd(way, bytes);
  return (kRows + places - 1) / places < ways;
}

/// A product with fewer columns gains less by packed rows than packing costs.
inline constexpr int64_t kColumnsToPack = 256;

/// Whether the micro-kernel can, and should, read an operand's rows as they lie for a product with so many columns.
template <class T>
inline bool is_in_place(const Operand& op, int64_t columns) {
  const Tensor& t = op.t;
  return !op.k_major && t.dtype == (sizeof(T) == 4 ? DType::F32 : DType::BF16) && t.cols % kPerStep<T> == 0 && t.ld % kPerStep<T> == 0 &&
         reinterpret_cast<uintptr_t>(t.data) % 4 == 0 && (columns < kColumnsToPack || rows_fit_l1(t.ld * int64_t(sizeof(T))));
}

/// The rows over [from, to) of the reduction, for a product with so many columns; packed by all threads into the Purpose's scratch where
/// they can't be read in place.
template <class Purpose, class T, class V>
LeftRows left_rows(Context& context, const Operand& op, const RowTiles& tiles, int64_t columns, int64_t from, int64_t to) {
  const int64_t steps = steps_of<T>(to - from);
  if (is_in_place<T>(op, columns)) return {reinterpret_cast<const uint32_t*>(op.t.row<const T>(0) + from), steps, op.t.ld / kPerStep<T>};
  uint32_t* const packed = thread_scratch<Purpose, uint32_t>(size_t(tiles.rows * steps));
  const int64_t tasks = (tiles.count() + 15) / 16;
  context.pool->parallel_for(tasks, [&](int64_t task) {
    const Part part = part_of(tiles.count(), tasks, task);
    const auto pack = [&](int64_t tile, int64_t rows, int height) {
      const int64_t row = tiles.first_row(tile);
      pack_panels<T, V>(op, {row, rows, from, to}, height, false, packed + row * steps, height * steps);
    };
    const int64_t whole = std::min(part.end, tiles.whole);
    if (part.first < whole) pack(part.first, (whole - part.first) * kRows, kRows);
    for (int64_t t = std::max(part.first, tiles.whole); t < part.end; ++t) pack(t, tiles.height(t), tiles.height(t));
  });
  return {packed, steps, 0};
}

}  // namespace fettle::cpu::FETTLE_TIER
