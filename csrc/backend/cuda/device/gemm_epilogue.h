#pragma once
#include "backend/cuda/device/vector.h"
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// Where the sums of a GEMM go: c (+)= alpha * sum + bias, rounded once.
struct GemmOutput {
  void* data;
  int64_t pitch;  // elements
  int rows, columns;
  int is_bf16, aligned;  // aligned: rows start at multiples of 16 bytes
  float alpha;
  const float* bias;  // [columns] or null
  int accumulate;

  /// W neighbours from `column`, a multiple of W, on; those that c, of T, has.
  template <class T, int W>
  __device__ void store(int row, int column, float (&v)[W]) const {
    if (row >= rows || column >= columns) return;
#pragma unroll
    for (int j = 0; j < W; ++j) v[j] *= alpha;
    if (bias) {
#pragma unroll
      for (int j = 0; j < W; ++j)
        if (column + j < columns) v[j] += bias[column + j];
    }
    T* c = static_cast<T*>(data) + row * pitch;
    aligned ? add<true>(c, column, v) : add<false>(c, column, v);
  }
  /// One element: alpha * sum + more + bias.
  __device__ void store_one(int row, int column, float sum, float more) const {
    const float v = alpha * sum + more + (bias ? bias[column] : 0.0f);
    if (is_bf16) {
      bf16& c = static_cast<bf16*>(data)[row * pitch + column];
      c.bits = bf16_bits(accumulate ? to_float(c) + v : v);
    } else {
      float& c = static_cast<float*>(data)[row * pitch + column];
      c = accumulate ? c + v : v;
    }
  }

 private:
  template <bool Aligned, class T, int W>
  __device__ void add(T* row, int column, float (&v)[W]) const {
    if (accumulate) {
      float old[W];
      load_row<Aligned>(old, row, column, columns);
#pragma unroll
      for (int j = 0; j < W; ++j) v[j] += old[j];
    }
    store_row<Aligned>(row, column, columns, v);
  }
};

/// 16 rows of a warp's tile, [16, Columns] fp32 in shared memory, to c from (row, column) on: 16 bytes of T a lane.
template <class T, int Columns, int Pitch>
__device__ void store_rows(const GemmOutput& out, const float* tile, int row, int column) {
  constexpr int W = kWidth<T>, kVectors = Columns / W;
#pragma unroll 1
  for (int i = int(threadIdx.x) % 32; i < 16 * kVectors; i += 32) {
    const int r = i / kVectors, c = i % kVectors * W;
    float v[W];
    load_row<true>(v, tile + r * Pitch, c, Columns);
    out.store<T>(row + r, column + c, v);
  }
}

/// Stores a warp's tile, which begins at (row, column) of c. 16 rows at a time go through `shared`, so that lanes write what lies side by
/// side.
template <class Warp>
__device__ void store_warp_tile(const GemmOutput& out, const Warp& warp, int row, int column, unsigned char* shared) {
  // 8 floats more than a row: the fragments' 4 rows x 8 bytes then touch every bank once
  constexpr int kColumns = Warp::kJ * 8, kPitch = kColumns + 8;
  float* tile = reinterpret_cast<float*>(shared);
  const int lane = int(threadIdx.x) % 32;
#pragma unroll
  for (int i = 0; i < Warp::kI; ++i) {
#pragma unroll
    for (int j = 0; j < Warp::kJ; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        *reinterpret_cast<float2*>(tile + (lane / 4 + 8 * half) * kPitch + 8 * j + lane % 4 * 2) =
            make_float2(warp.c[i][j][2 * half], warp.c[i][j][2 * half + 1]);
    __syncwarp();
    if (out.is_bf16)
      store_rows<bf16, kColumns, kPitch>(out, tile, row + 16 * i, column);
    else
      store_rows<float, kColumns, kPitch>(out, tile, row + 16 * i, column);
    __syncwarp();
  }
}
/// Bytes of `shared` for a warp.
template <class Warp>
inline constexpr int kStoreBytes = 16 * (Warp::kJ * 8 + 8) * 4;

}  // namespace fettle::cuda
