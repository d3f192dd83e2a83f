#pragma once
// Tiles of bf16 in shared memory, and the matrix unit's operands from them.
#include "backend/cuda/device/swizzle.h"
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// A tile of Rows x Columns bf16: panels of 64 columns, swizzled, then the rest of 16 or 32 columns as one narrower panel, whose 16-byte
/// chunks are permuted so that eight rows' chunks of one column lie in different banks there too.
template <int Rows, int Columns>
struct SharedTile {
  static constexpr int kRows = Rows, kColumns = Columns, kBytes = Rows * Columns * 2;
  static constexpr int kPanels = Columns / 64, kPanelBytes = Rows * kTileRowBytes;
  static constexpr int kRestChunks = Columns % 64 / 8, kRestAt = kPanels * kPanelBytes, kRestRowBytes = kRestChunks * 16;
  static_assert(Rows % 8 == 0 && (kRestChunks == 0 || kRestChunks == 2 || kRestChunks == 4));

  /// Bytes from the tile's start to chunk `chunk` of row `row`.
  static __device__ __forceinline__ uint32_t offset(int row, int chunk) {
    if (chunk < 8 * kPanels) return uint32_t(chunk / 8 * kPanelBytes) + swizzled(row, chunk % 8);
    return rest_offset(row, chunk - 8 * kPanels);
  }
  static __device__ __forceinline__ uint32_t rest_offset(int row, int chunk) {
    if constexpr (kRestChunks == 0)
      return 0;
    else
      return uint32_t(kRestAt + row * kRestRowBytes + ((chunk ^ (row / (8 / kRestChunks) % kRestChunks)) << 4));
  }
};

/// A lane's place in a tile, from which ldmatrix's rows are a constant apart. `base` is where the tile lies in shared memory.
template <class Tile>
class TileLane {
 public:
  __device__ __forceinline__ TileLane(int row, int chunk) : panel_(swizzled(row, chunk)), rest_(Tile::rest_offset(row, chunk)) {}

  /// The same row and chunk, `rows` (a multiple of 8) and 2 `pairs` chunks on.
  __device__ __forceinline__ uint32_t at(uint32_t base, int rows, int pairs) const {
    if (pairs < 4 * Tile::kPanels)  // the low bits of base + panel_ are the swizzled chunk's: stepping by two chunks is an xor
      return ((base + panel_) ^ uint32_t(pairs % 4 * 32)) + uint32_t(pairs / 4 * Tile::kPanelBytes + rows * kTileRowBytes);
    return ((base + rest_) ^ uint32_t(pairs % 4 * 32)) + uint32_t(rows * Tile::kRestRowBytes);
  }

 private:
  uint32_t panel_, rest_;
};

template <bool Aligned>
__device__ __forceinline__ void copy_chunk(unsigned char* to, const bf16* from, int values) {
  if constexpr (Aligned) {
    cp_async16(to, from, values > 0);
  } else {
    uint32_t v[8];
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = j < values ? from[j].bits : 0u;
    store16(to, make_uint4(v[0] | v[1] << 16, v[2] | v[3] << 16, v[4] | v[5] << 16, v[6] | v[7] << 16));
  }
}
/// Fills `Panels` panels of Width chunks, from chunk `first_chunk`: lanes side by side take a row's, and a thread's rows lie the same
/// distance apart.
template <class Tile, int Threads, int Width, int Panels, bool Aligned, class RowAddress>
__device__ __forceinline__ void fill_panels(unsigned char* tile, int first_chunk, int rows, int columns, const RowAddress& row) {
  constexpr int kStep = Threads / Width;
  const int thread = int(opaque(threadIdx.x)), chunk = first_chunk + thread % Width;
#pragma unroll(Aligned ? 64 : 1)
  for (int first = 0; first < Tile::kRows; first += kStep) {
    const int r = first + thread / Width;
    if (Tile::kRows % kStep != 0 && r >= Tile::kRows) break;
    unsigned char* to = tile + Tile::offset(r, chunk);
    const bf16* from = row(r) + chunk * 8;
#pragma unroll(Aligned ? Panels : 1)  // eight values a chunk are many registers
    for (int p = 0; p < Panels; ++p)
      copy_chunk<Aligned>(to + p * Tile::kPanelBytes, from + p * 64, r < rows ? columns - chunk * 8 - p * 64 : 0);
  }
}
/// Fills `columns` of a tile from rows in global memory: row(r) is the address of row r; it is read where r < rows. The rest of the tile
/// gets zeros. All threads take part, 16 bytes each at a time: asynchronously (commit, wait and barrier are the caller's), or, when the
/// rows are not Aligned to 16 bytes, at once.
template <class Tile, int Threads, bool Aligned, class RowAddress>
__device__ __forceinline__ void fill_tile(unsigned char* tile, int rows, int columns, const RowAddress& row) {
  if constexpr (Tile::kPanels > 0) fill_panels<Tile, Threads, 8, Tile::kPanels, Aligned>(tile, 0, rows, columns, row);
  if constexpr (Tile::kRestChunks > 0)
    fill_panels<Tile, Threads, Tile::kRestChunks, 1, Aligned>(tile, 8 * Tile::kPanels, rows, columns, row);
}

/// A warp's rows [first, first + count) of a tile to global memory: row(r) is the address of row r, valid for r < rows.
template <class Tile, bool Aligned, class RowAddress>
__device__ __forceinline__ void store_rows(const unsigned char* tile, int first, int count, int rows, int columns, int lane,
                                           const RowAddress& row) {
  constexpr int kChunks = Tile::kColumns / 8;
  for (int i = lane; i < count * kChunks; i += 32) {
    const int r = first + i / kChunks, column = i % kChunks * 8;
    if (r >= rows || column >= columns) continue;
    const unsigned char* from = tile + Tile::offset(r, column / 8);
    bf16* to = row(r) + column;
    if constexpr (Aligned) {
      store16(to, load16(from));
    } else {
      for (int j = 0; j < 8 && column + j < columns; ++j) to[j] = reinterpret_cast<const bf16*>(from)[j];
    }
  }
}

/// mma's operands from a tile in shared memory, for one lane. ldmatrix gives a's four 8 x 8 blocks as (rows 0, k 0), (8, 0), (0, 8), (8,
/// 8), b's as (k 0, n 0), (8, 0), (0, 8), (8, 8).
template <class Tile>
class AOperand {
 public:
  /// Rows row .. row + 15.
  __device__ __forceinline__ AOperand(int row, int lane) : place_(row + lane % 16, lane / 16) {}
  /// a [16][16] from column 16 k of the tile at `base`, `rows` further down.
  __device__ __forceinline__ void load(uint32_t (&a)[4], const unsigned char* shared, uint32_t base, int rows, int k) const {
    ldmatrix_x4(a, shared + place_.at(base, rows, k));
  }

 private:
  TileLane<Tile> place_;
};

/// b from a tile that is [n][k], as in q k^T, or, Transposed, [k][n], as in p v.
template <class Tile, bool Transposed>
class BOperand {
 public:
  explicit __device__ __forceinline__ BOperand(int lane)
      : place_(Transposed ? lane % 16 : lane % 8 + lane / 16 * 8, Transposed ? lane / 16 : lane / 8 % 2) {}
  /// acc [16 M][8 N] += a b for 16 values of k, from 16 k of the tile at `base`.
  template <int M, int N>
  __device__ __forceinline__ void multiply(float (&acc)[M][N][4], const uint32_t (&a)[M][4], const unsigned char* shared, uint32_t base,
                                           int k) const {
#pragma unroll
    for (int n = 0; n < N / 2; ++n) {
      uint32_t b[4];
      if constexpr (Transposed)
        ldmatrix_x4_trans(b, shared + place_.at(base, 16 * k, n));
      else
        ldmatrix_x4(b, shared + place_.at(base, 16 * n, k));
#pragma unroll
      for (int m = 0; m < M; ++m) {
        mma_bf16(acc[m][2 * n], a[m], b[0], b[1]);
        mma_bf16(acc[m][2 * n + 1], a[m], b[2], b[3]);
      }
    }
  }

 private:
  TileLane<Tile> place_;
};

/// A warp's sums [16][8 N] into rows from `row` of a tile; a lane's two rows times factor[0] and factor[1].
template <class Tile, int N>
__device__ __forceinline__ void sums_to_tile(unsigned char* tile, const float (&acc)[N][4], int row, const float (&factor)[2], int lane) {
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (int n = 0; n < N; ++n)
      *reinterpret_cast<uint32_t*>(tile + Tile::offset(row + 8 * half + lane / 4, n) + lane % 4 * 4) =
          pack_bf16(acc[n][2 * half] * factor[half], acc[n][2 * half + 1] * factor[half]);
}

}  // namespace fettle::cuda
