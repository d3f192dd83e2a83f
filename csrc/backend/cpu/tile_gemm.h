#pragma once
// Serial matrix product of small tiles that lie in cache, summed in fp32: the inner loop of attention.
// Operands are made of 32-bit words: one fp32, or two bf16 that follow each other along the reduction.
#include <cstdint>
#include <type_traits>

#include "backend/cpu/simd.h"

namespace fettle::cpu::FETTLE_TIER {

/// What tiles of activations of type T hold: bf16 where the processor multiplies that, else fp32.
#if defined(__AVX512BF16__)
template <class T>
using TileValue = T;
#else
template <class T>
using TileValue = float;
#endif

template <class V>
inline constexpr int kPerWord = 4 / int(sizeof(V));

/// Words that hold n values.
template <class V>
inline int words(int n) {
  return (n + kPerWord<V> - 1) / kPerWord<V>;
}

/// A micro-tile is kTileRows x (2 vectors): that many accumulators fit the register file with room for two of B and a broadcast.
#if defined(__AVX512F__)
inline constexpr int kTileRows = 8;
#else
inline constexpr int kTileRows = 6;
#endif

/// An operand read by broadcasts, so it can be transposed at no cost: word (i, p) is data[i * row + p * col].
struct TileOperand {
  const float* data;
  int64_t row, col;
};

template <class V>
inline vf multiply_add_words(vf a, vf b, vf c) {
#if defined(__AVX512BF16__)
  if constexpr (std::is_same_v<V, bf16>) return (vf)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b);
#endif
  return a * b + c;
}

template <class V, int M, int N, bool Accumulate>
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
      for (int j = 0; j < N; ++j) acc[i][j] = multiply_add_words<V>(av, bv[j], acc[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < N; ++j) store(c + i * ldc + j * kLanes, acc[i][j]);
}

template <class V, int M, bool Accumulate>
inline void tile_gemm_rows(int m, int n, int k, TileOperand a, const float* b, int64_t ldb, float* c, int64_t ldc) {
  if constexpr (M > 0) {
    if (m < M) return tile_gemm_rows<V, M - 1, Accumulate>(m, n, k, a, b, ldb, c, ldc);
    int j = 0;
    for (; j + 2 * kLanes <= n; j += 2 * kLanes) tile_gemm_micro<V, M, 2, Accumulate>(k, a, b + j, ldb, c + j, ldc);
    if (j < n) tile_gemm_micro<V, M, 1, Accumulate>(k, a, b + j, ldb, c + j, ldc);
  }
}

/// C[m, n] (+)= A[m, k words] B[k words, n]; C fp32; B and C row-major; n a multiple of kLanes.
template <class V, bool Accumulate>
inline void tile_gemm(int m, int n, int k, TileOperand a, const float* b, int64_t ldb, float* c, int64_t ldc) {
  for (int i = 0; i < m; i += kTileRows)
    tile_gemm_rows<V, kTileRows, Accumulate>(m - i, n, k, {a.data + i * a.row, a.row, a.col}, b, ldb, c + i * ldc, ldc);
}

}  // namespace fettle::cpu::FETTLE_TIER
