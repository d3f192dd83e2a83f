#pragma once
// Tiles of bf16 in shared memory, and the matrix unit's operands from them.
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// A tile of Rows x Columns bf16 in panels of 64 columns, 128 bytes a row; the last panel may have 16 or 32. The 16-byte chunks of a row
/// are permuted by an xor with the row's number, so that eight rows of one column of chunks lie in different banks: no conflicts, neither
/// for ldmatrix (transposed or not) nor for copies by rows.
template <int Rows, int Columns>
struct SharedTile {
  static constexpr int kRows = Rows, kColumns = Columns, kChunks = Columns / 8, kBytes = Rows * Columns * 2;
  static_assert(Rows % 8 == 0 && (Columns % 64 == 0 || Columns % 64 == 16 || Columns % 64 == 32));

  /// Bytes from the tile's start to chunk `chunk` of row `row`.
  static __device__ __forceinline__ int offset(int row, int chunk) {
    const int panel = chunk / 8;
    const int width = kChunks - 8 * panel < 8 ? kChunks % 8 : 8;  // 2, 4 or 8 chunks
    return panel * Rows * 128 + row * width * 16 + (((chunk % 8) ^ (row / (8 / width) % width)) * 16);
  }
};

/// Fills a tile from rows in global memory: row(r) is the address of row r, valid for r < rows; `columns` of it are there, the rest of the
/// tile gets zeros. All threads take part, 16 bytes each at a time: asynchronously (commit, wait and barrier are the caller's), or, when
/// the rows are not Aligned to 16 bytes, element by element and at once.
template <class Tile, int Threads, bool Aligned, class RowAddress>
__device__ __forceinline__ void copy_to_tile(unsigned char* tile, int rows, int columns, RowAddress&& row_address) {
  constexpr int kAll = Tile::kRows * Tile::kChunks;
#pragma unroll
  for (int first = 0; first < kAll; first += Threads) {
    const int i = first + int(threadIdx.x);
    if (kAll % Threads != 0 && i >= kAll) break;
    const int row = i / Tile::kChunks, chunk = i % Tile::kChunks;
    unsigned char* to = tile + Tile::offset(row, chunk);
    const bool valid = row < rows && chunk * 8 < columns;
    const bf16* from = row_address(valid ? row : 0) + (valid ? chunk * 8 : 0);
    if constexpr (Aligned) {
      cp_async16(to, from, valid);
    } else {
      uint32_t word[4];
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const uint32_t low = valid && chunk * 8 + 2 * j < columns ? from[2 * j].bits : 0;
        const uint32_t high = valid && chunk * 8 + 2 * j + 1 < columns ? from[2 * j + 1].bits : 0;
        word[j] = high << 16 | low;
      }
      store16(to, make_uint4(word[0], word[1], word[2], word[3]));
    }
  }
}

/// A warp's rows [first, first + count) of a tile to global memory: row(r) is the address of row r, valid for r < rows.
template <class Tile, bool Aligned, class RowAddress>
__device__ __forceinline__ void store_rows(const unsigned char* tile, int first, int count, int rows, int columns, int lane,
                                           RowAddress&& row_address) {
  for (int i = lane; i < count * Tile::kChunks; i += 32) {
    const int row = first + i / Tile::kChunks, column = i % Tile::kChunks * 8;
    if (row >= rows || column >= columns) continue;
    const unsigned char* from = tile + Tile::offset(row, column / 8);
    bf16* to = row_address(row) + column;
    if constexpr (Aligned) {
      store16(to, load16(from));
    } else {
      for (int j = 0; j < 8 && column + j < columns; ++j) to[j] = reinterpret_cast<const bf16*>(from)[j];
    }
  }
}

/// mma's a [16 rows][16 columns] from row `row` and column 16 * k.
template <class Tile>
__device__ __forceinline__ void load_a(uint32_t (&a)[4], const unsigned char* tile, int row, int k, int lane) {
  ldmatrix_x4(a, tile + Tile::offset(row + lane % 16, 2 * k + lane / 16));
}
/// Two of mma's b [16 k][8 n], side by side, from a tile that is [n][k]: n from row `row`, k from column 16 * k.
template <class Tile>
__device__ __forceinline__ void load_b(uint32_t (&b)[4], const unsigned char* tile, int row, int k, int lane) {
  ldmatrix_x4(b, tile + Tile::offset(row + lane % 8 + lane / 16 * 8, 2 * k + lane / 8 % 2));
}
/// Two of mma's b [16 k][8 n], side by side, from a tile that is [k][n]: k from row `row`, n from column 16 * n.
template <class Tile>
__device__ __forceinline__ void load_b_transposed(uint32_t (&b)[4], const unsigned char* tile, int row, int n, int lane) {
  ldmatrix_x4_trans(b, tile + Tile::offset(row + lane % 16, 2 * n + lane / 16));
}

/// acc [16 M][8 N] += a b for 16 of b's rows: column block k of a tile that is [n][k].
template <class Tile, int M, int N>
__device__ __forceinline__ void multiply(float (&acc)[M][N][4], const uint32_t (&a)[M][4], const unsigned char* tile, int k, int lane) {
#pragma unroll
  for (int n = 0; n < N / 2; ++n) {
    uint32_t b[4];
    load_b<Tile>(b, tile, 16 * n, k, lane);
#pragma unroll
    for (int m = 0; m < M; ++m) {
      mma_bf16(acc[m][2 * n], a[m], b[0], b[1]);
      mma_bf16(acc[m][2 * n + 1], a[m], b[2], b[3]);
    }
  }
}
/// The same, with row block k of a tile that is [k][n].
template <class Tile, int M, int N>
__device__ __forceinline__ void multiply_transposed(float (&acc)[M][N][4], const uint32_t (&a)[M][4], const unsigned char* tile, int k,
                                                    int lane) {
#pragma unroll
  for (int n = 0; n < N / 2; ++n) {
    uint32_t b[4];
    load_b_transposed<Tile>(b, tile, 16 * k, n, lane);
#pragma unroll
    for (int m = 0; m < M; ++m) {
      mma_bf16(acc[m][2 * n], a[m], b[0], b[1]);
      mma_bf16(acc[m][2 * n + 1], a[m], b[2], b[3]);
    }
  }
}

/// A warp's sums [16][8 N], times `factor`, into rows from `row` of a tile.
template <class Tile, int N>
__device__ __forceinline__ void sums_to_tile(unsigned char* tile, const float (&acc)[N][4], int row, float factor, int lane) {
#pragma unroll
  for (int n = 0; n < N; ++n)
#pragma unroll
    for (int half = 0; half < 2; ++half)
      *reinterpret_cast<uint32_t*>(tile + Tile::offset(row + 8 * half + lane / 4, n) + lane % 4 * 4) =
          pack_bf16(acc[n][2 * half] * factor, acc[n][2 * half + 1] * factor);
}

}  // namespace fettle::cuda
