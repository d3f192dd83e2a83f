#pragma once
// Eight values of a row at a time: 16 bytes of bf16, or 32 of fp32.
#include <algorithm>

#include "core/bf16.h"
#include "core/tensor.h"
#include "primitives.h"

namespace fettle::cuda {

inline constexpr int kVector = 8;

/// Whether rows of these tensors may be read eight values at a time: every row starts at a multiple of 16 bytes.
template <class... Tensors>
bool rows_aligned(const Tensors&... tensors) {
  auto one = [](const Tensor& t) {
    return !t || (reinterpret_cast<uintptr_t>(t.data) % 16 == 0 && (t.rows == 1 || size_t(t.ld) * element_size(t.dtype) % 16 == 0));
  };
  return (one(tensors) && ...);
}

__device__ inline float low_half(uint32_t word) { return __uint_as_float(word << 16); }
__device__ inline float high_half(uint32_t word) { return __uint_as_float(word & 0xffff0000u); }

/// Eight bf16.
__device__ inline void unpack8(float (&v)[8], uint4 w) {
  v[0] = low_half(w.x), v[1] = high_half(w.x), v[2] = low_half(w.y), v[3] = high_half(w.y);
  v[4] = low_half(w.z), v[5] = high_half(w.z), v[6] = low_half(w.w), v[7] = high_half(w.w);
}
__device__ inline void load8(float (&v)[8], const bf16* p) { unpack8(v, load16(p)); }
__device__ inline void load8(float (&v)[8], const float* p) {
  for (int half = 0; half < 2; ++half) {
    const uint4 w = load16(p + 4 * half);
    v[4 * half] = __uint_as_float(w.x), v[4 * half + 1] = __uint_as_float(w.y);
    v[4 * half + 2] = __uint_as_float(w.z), v[4 * half + 3] = __uint_as_float(w.w);
  }
}
__device__ inline void store8(bf16* p, const float (&v)[8]) {
  store16(p, make_uint4(pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]), pack_bf16(v[4], v[5]), pack_bf16(v[6], v[7])));
}
__device__ inline void store8(float* p, const float (&v)[8]) {
  for (int half = 0; half < 2; ++half)
    store16(p + 4 * half, make_uint4(__float_as_uint(v[4 * half]), __float_as_uint(v[4 * half + 1]), __float_as_uint(v[4 * half + 2]),
                                     __float_as_uint(v[4 * half + 3])));
}

/// Four values: 16 bytes of fp32, or 8 of bf16 beside them.
__device__ inline void load4(float (&v)[4], const float* p) {
  const uint4 w = load16(p);
  v[0] = __uint_as_float(w.x), v[1] = __uint_as_float(w.y), v[2] = __uint_as_float(w.z), v[3] = __uint_as_float(w.w);
}
__device__ inline void load4(float (&v)[4], const bf16* p) {
  const uint2 w = load8_bytes(p);
  v[0] = low_half(w.x), v[1] = high_half(w.x), v[2] = low_half(w.y), v[3] = high_half(w.y);
}
__device__ inline void store4(float* p, const float (&v)[4]) {
  store16(p, make_uint4(__float_as_uint(v[0]), __float_as_uint(v[1]), __float_as_uint(v[2]), __float_as_uint(v[3])));
}
__device__ inline void store4(bf16* p, const float (&v)[4]) { store8_bytes(p, make_uint2(pack_bf16(v[0], v[1]), pack_bf16(v[2], v[3]))); }

/// How many values a thread takes at a time where a warp's accesses shall be 16 bytes a lane without gaps: those of the widest type.
template <class... Types>
inline constexpr int kWidth = int(16 / std::max({sizeof(Types)...}));

/// Up to W (8 or 4) values from column `i` of a row of n, the rest zero; one by one unless Aligned.
template <bool Aligned, int W, class T>
__device__ inline void load_row(float (&v)[W], const T* row, int64_t i, int64_t n) {
  if (Aligned && i + W <= n) {
    if constexpr (W == 8)
      return load8(v, row + i);
    else
      return load4(v, row + i);
  }
#pragma unroll
  for (int j = 0; j < W; ++j) v[j] = i + j < n ? to_float(row[i + j]) : 0.0f;
}
template <bool Aligned, int W, class T>
__device__ inline void store_row(T* row, int64_t i, int64_t n, const float (&v)[W]) {
  if (Aligned && i + W <= n) {
    if constexpr (W == 8)
      return store8(row + i, v);
    else
      return store4(row + i, v);
  }
#pragma unroll
  for (int j = 0; j < W; ++j)
    if (i + j < n) row[i + j] = from_float<T>(v[j]);
}
template <bool Aligned, class T>
__device__ inline void load_row8(float (&v)[8], const T* row, int64_t i, int64_t n) {
  load_row<Aligned>(v, row, i, n);
}
template <bool Aligned, class T>
__device__ inline void store_row8(T* row, int64_t i, int64_t n, const float (&v)[8]) {
  store_row<Aligned>(row, i, n, v);
}

/// Whether rows of these tensors are whole vectors of `width` values, each of which may be read at once.
template <class... Tensors>
bool whole_vectors(int width, const Tensors&... tensors) {
  return rows_aligned(tensors...) && ((!tensors || tensors.cols % width == 0) && ...);
}

/// W values from column `i` of a row of n: at once where rows are whole vectors, else those that are there, one by one.
template <bool Whole, int W, class T>
__device__ inline void read_vector(float (&v)[W], const T* row, int64_t i, int64_t n) {
  if constexpr (!Whole)
    load_row<false>(v, row, i, n);
  else if constexpr (W == 8)
    load8(v, row + i);
  else
    load4(v, row + i);
}
template <bool Whole, int W, class T>
__device__ inline void write_vector(T* row, int64_t i, int64_t n, const float (&v)[W]) {
  if constexpr (!Whole)
    store_row<false>(row, i, n, v);
  else if constexpr (W == 8)
    store8(row + i, v);
  else
    store4(row + i, v);
}
/// The same bytes, kWidth<T> values of them.
template <bool Whole, class T>
__device__ inline void copy_vector(T* to, const T* from, int64_t i, int64_t n) {
  if constexpr (Whole) {
    store16(to + i, load16(from + i));
  } else {
#pragma unroll
    for (int j = 0; j < kWidth<T>; ++j)
      if (i + j < n) to[i + j] = from[i + j];
  }
}

}  // namespace fettle::cuda
