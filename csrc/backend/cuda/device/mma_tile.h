#pragma once
// A warp's part of a product of two tiles in shared memory, by mma.m16n8k16.
#include "backend/cuda/device/swizzle.h"
#include "backend/cuda/device/tile_copy.h"
#include "primitives.h"

namespace fettle::cuda {

/// c [Rows, Columns] += a b for one warp, 16 values of a slab at a time (a step). `a` is a tile of rows (its own dimension first), `b` one
/// of columns; each lies in shared memory as TileCopy left it.
template <Sum AAlong, Sum BAlong, int Rows, int Columns>
class WarpTile {
 public:
  static constexpr int kI = Rows / 16, kJ = Columns / 8, kSteps = kSlab / 16, kParts = kJ / 2;
  static_assert(Rows % 16 == 0 && Columns % 16 == 0);

  float c[kI][kJ][4] = {};
  /// Where the warp's tile begins in the block's.
  const int row, column;

  __device__ WarpTile(int row, int column) : row(row), column(column) {}

  /// Loads the fragments of a step.
  __device__ void load(const unsigned char* a, const unsigned char* b, int step) {
    load_a(a_[0], a, step);
#pragma unroll
    for (int j = 0; j < kJ / 2; ++j) load_b(j, b, step);
  }
  /// Multiplies what load() loaded.
  __device__ void multiply() {
#pragma unroll
    for (int j = 0; j < kJ / 2; ++j) multiply(a_[0], j);
  }
  /// Multiplies the fragments of a step while those of the next one come, which lie in tiles `a` and `b`: b's take the registers of those
  /// that are done with. Other work, between(i) for i of kParts times a step, is spread among the products.
  template <int Step, class F>
  __device__ void multiply_and_load(const unsigned char* a, const unsigned char* b, F&& between) {
    constexpr int kNext = (Step + 1) % kSteps;
    load_a(a_[kNext % 2], a, kNext);
#pragma unroll
    for (int j = 0; j < kJ / 2; ++j) {
      multiply(a_[Step % 2], j);
      load_b(j, b, kNext);
      between(Step * kParts + j);
    }
  }

  __device__ void scale(float factor) {
#pragma unroll
    for (int i = 0; i < kI; ++i)
#pragma unroll
      for (int j = 0; j < kJ; ++j)
#pragma unroll
        for (int e = 0; e < 4; ++e) c[i][j][e] *= factor;
  }

 private:
  // ldmatrix gives a's four 8 x 8 blocks as (rows 0, k 0), (8, 0), (0, 8), (8, 8), and b's as (k 0, columns 0), (8, 0), (0, 8), (8, 8): so
  // a that is summed along rows and b along columns take the same lanes, and the other way round.
  static __device__ int low() { return int(threadIdx.x) % 16; }
  static __device__ int eight() { return int(threadIdx.x) / 16 % 2; }
  static __device__ int mixed() { return int(threadIdx.x) % 8 + eight() * 8; }
  static __device__ int half() { return int(threadIdx.x) / 8 % 2; }
  /// Of a tile whose sum runs along columns: the panel, and the chunk in it, of its own dimension's value `at`.
  static __device__ uint32_t panel(int at, int k_row, int chunk) {
    return uint32_t(at / 64 * (64 * kTileRowBytes)) + swizzled(k_row, at % 64 / 8 + chunk);
  }

  __device__ void load_a(uint32_t (&f)[kI][4], const unsigned char* a, int step) const {
#pragma unroll
    for (int i = 0; i < kI; ++i) {
      if constexpr (AAlong == Sum::AlongRows)
        ldmatrix_x4(f[i], a + swizzled(row + 16 * i + low(), 2 * step + eight()));
      else
        ldmatrix_x4_trans(f[i], a + panel(row + 16 * i, 16 * step + mixed(), half()));
    }
  }
  __device__ void load_b(int j, const unsigned char* b, int step) {
    if constexpr (BAlong == Sum::AlongRows)
      ldmatrix_x4(b_[j], b + swizzled(column + 16 * j + mixed(), 2 * step + half()));
    else
      ldmatrix_x4_trans(b_[j], b + panel(column + 16 * j, 16 * step + low(), eight()));
  }
  __device__ void multiply(const uint32_t (&a)[kI][4], int j) {
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int i = 0; i < kI; ++i) mma_bf16(c[i][2 * j + half], a[i], b_[j][2 * half], b_[j][2 * half + 1]);
  }

  uint32_t a_[2][kI][4], b_[kJ / 2][4];
};

}  // namespace fettle::cuda
