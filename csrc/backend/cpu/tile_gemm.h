#pragma once
// Serial matrix product of fp32 tiles that lie in cache: the inner loop of attention.
#include <cstdint>

#include "backend/cpu/simd.h"

namespace fettle::cpu::FETTLE_TIER {

/// A micro-tile is kTileRows x (2 vectors): that many accumulators fit the register file with room for two of B and a broadcast.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 8;
#else
inline constexpr int kTileRows = 6;
#endif

/// An operand read by broadcasts, so it can be transposed at no cost: element (i, p) is data[i * row + p * col].
struct TileOperand {
  const float* data;
  int64_t row, col;
};

template <int M, int N, bool Accumulate>
inline void tile_gemm_micro(int k, TileOperand a, const float* b, int64_t ldb, float* c, int64_t ldc) {
  vf acc[M][N];
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < N; ++j) acc[i][j] = Accumulate ? load(c + i * ldc + j * kLanes) : vf{};
  const float* ap = a.data;
  for (int p = 0; p < k; ++p, ap += a.col, b += ldb) {
    vf bv[N];
#pragma GCC unroll 2
    for (int j = 0; j < N; ++j) bv[j] = load(b + j * kLanes);
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) {
      const vf av = splat(ap[i * a.row]);
#pragma GCC unroll 2
      for (int j = 0; j < N; ++j) acc[i][j] += av * bv[j];
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < N; ++j) store(c + i * ldc + j * kLanes, acc[i][j]);
}

template <int M, bool Accumulate>
inline void tile_gemm_rows(int m, int n, int k, TileOperand a, const float* b, int64_t ldb, float* c, int64_t ldc) {
  if constexpr (M > 0) {
    if (m < M) return tile_gemm_rows<M - 1, Accumulate>(m, n, k, a, b, ldb, c, ldc);
    int j = 0;
    for (; j + 2 * kLanes <= n; j += 2 * kLanes) tile_gemm_micro<M, 2, Accumulate>(k, a, b + j, ldb, c + j, ldc);
    if (j < n) tile_gemm_micro<M, 1, Accumulate>(k, a, b + j, ldb, c + j, ldc);
  }
}

/// C[m, n] (+)= A[m, k] B[k, n]; B and C row-major; n a multiple of kLanes.
template <bool Accumulate>
inline void tile_gemm(int m, int n, int k, TileOperand a, const float* b, int64_t ldb, float* c, int64_t ldc) {
  for (int i = 0; i < m; i += kTileRows)
    tile_gemm_rows<kTileRows, Accumulate>(m - i, n, k, {a.data + i * a.row, a.row, a.col}, b, ldb, c + i * ldc, ldc);
}

}  // namespace fettle::cpu::FETTLE_TIER
