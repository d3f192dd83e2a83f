#pragma once
#include "primitives.h"

namespace fettle::cuda {

/// The sum over the 32 lanes, in all of them, in a fixed order.
__device__ inline float warp_sum(float v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v += shuffle_xor(v, mask);
  return v;
}

__device__ inline float warp_max(float v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v = fmaxf(v, shuffle_xor(v, mask));
  return v;
}

}  // namespace fettle::cuda
