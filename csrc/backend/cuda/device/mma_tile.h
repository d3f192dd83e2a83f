#pragma once
// A warp's part of a product of two tiles in shared memory, by mma.m16n8k16.
#include "backend/cuda/device/swizzle.h"
#include "backend/cuda/device/tile_copy.h"
#include "primitives.h"

namespace fettle::cuda {

/// c [Rows, Columns] += a b for one warp, 16 values of the slab at a time. `a` is a tile of rows (its own dimension first), `b` one of
/// columns; each lies in shared memory as TileCopy left it.
template <Sum AAlong, Sum BAlong, int Rows, int Columns>
class WarpTile {
 public:
  static constexpr int kI = Rows / 16, kJ = Columns / 8;
  static_assert(Rows % 16 == 0 && Columns % 16 == 0);
  struct Fragments {
    uint32_t a[kI][4], b[kJ / 2][4];
  };

  float c[kI][kJ][4] = {};

  /// The warp's tile begins at (row, column) of the block's.
  __device__ WarpTile(int row, int column) : row_(row), column_(column) {}

  /// Values 16 k to 16 k + 15 of a slab. ldmatrix gives a's four 8 x 8 blocks as (rows 0, k 0), (8, 0), (0, 8), (8, 8), b's as
  /// (k 0, columns 0), (8, 0), (0, 8), (8, 8): so rows-first a and columns-first b take the same lanes, and the other way round.
  __device__ void load(Fragments& f, const unsigned char* a, const unsigned char* b, int k) const {
    const int lane = int(threadIdx.x) % 32, low = lane % 16, eight = lane / 16;
    const int mixed = lane % 8 + eight * 8, half = lane / 8 % 2;
#pragma unroll
    for (int i = 0; i < kI; ++i) {
      const int at = row_ + 16 * i;
      if constexpr (AAlong == Sum::AlongRows)
        ldmatrix_x4(f.a[i], a + swizzled(at + low, 2 * k + eight));
      else
        ldmatrix_x4_trans(f.a[i], a + at / 64 * (64 * kTileRowBytes) + swizzled(16 * k + mixed, at % 64 / 8 + half));
    }
#pragma unroll
    for (int j = 0; j < kJ / 2; ++j) {
      const int at = column_ + 16 * j;
      if constexpr (BAlong == Sum::AlongRows)
        ldmatrix_x4(f.b[j], b + swizzled(at + mixed, 2 * k + half));
      else
        ldmatrix_x4_trans(f.b[j], b + at / 64 * (64 * kTileRowBytes) + swizzled(16 * k + low, at % 64 / 8 + eight));
    }
  }

  __device__ void multiply(const Fragments& f) {
#pragma unroll
    for (int j = 0; j < kJ; ++j)
#pragma unroll
      for (int i = 0; i < kI; ++i) mma_bf16(c[i][j], f.a[i], f.b[j / 2][j % 2 * 2], f.b[j / 2][j % 2 * 2 + 1]);
  }

  __device__ void scale(float factor) {
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) c[i][j][e] *= factor;
  }

  /// Calls f(row, column, c0, c1) for every pair of neighbours of the block's tile that this lane holds.
  template <class F>
  __device__ void each_pair(F&& f) const {
    const int lane = int(threadIdx.x) % 32;
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half)
#pragma unroll
        for (int j = 0; j < kJ; ++j)
          f(row_ + 16 * i + lane / 4 + 8 * half, column_ + 8 * j + lane % 4 * 2, c[i][j][2 * half], c[i][j][2 * half + 1]);
  }

 private:
  int row_, column_;
};

}  // namespace fettle::cuda
