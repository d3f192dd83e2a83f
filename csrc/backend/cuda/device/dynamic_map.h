#pragma once
#include <algorithm>

#include "backend/cuda/device/vector.h"

namespace fettle::cuda {

/// A sorted map of 256 values (core/nf4.h), as a kernel's parameter.
struct DynamicMap {
  float value[256];
  explicit DynamicMap(const float* map) { std::copy_n(map, 256, value); }
};

/// The midpoints of a map in shared memory; the threads of a block fill it together, a barrier follows.
struct Midpoints {
  static constexpr int kBytes = 256 * int(sizeof(float));
  float* midpoint;  // [255]

  __device__ void fill(const DynamicMap& map, int threads) const {
    for (int i = threadIdx.x; i < 255; i += threads) midpoint[i] = __fmul_rn(__fadd_rn(map.value[i], map.value[i + 1]), 0.5f);
  }
  /// The code nearest to x, by halving: how many midpoints lie below it.
  __device__ uint32_t nearest(float x) const {
    uint32_t below = 0;
#pragma unroll
    for (uint32_t step = 128; step > 0; step /= 2)
      if (x > midpoint[below + step - 1]) below += step;
    return below;
  }
};

/// Four codes, from `i` of n; the rest 0. At once where Whole.
template <bool Whole>
__device__ inline void read_codes(uint32_t (&code)[4], const uint8_t* codes, int64_t i, int64_t n) {
  if constexpr (Whole) {
    const uint32_t word = i < n ? *reinterpret_cast<const uint32_t*>(codes + i) : 0u;
#pragma unroll
    for (int j = 0; j < 4; ++j) code[j] = (word >> (8 * j)) & 0xff;
  } else {
#pragma unroll
    for (int j = 0; j < 4; ++j) code[j] = i + j < n ? codes[i + j] : 0u;
  }
}
template <bool Whole>
__device__ inline void write_codes(uint8_t* codes, int64_t i, int64_t n, const uint32_t (&code)[4]) {
  if constexpr (Whole) {
    if (i < n) *reinterpret_cast<uint32_t*>(codes + i) = code[0] | code[1] << 8 | code[2] << 16 | code[3] << 24;
  } else {
#pragma unroll
    for (int j = 0; j < 4; ++j)
      if (i + j < n) codes[i + j] = uint8_t(code[j]);
  }
}

}  // namespace fettle::cuda
