#pragma once
#include "primitives.h"

namespace fettle::cuda {

/// The sum over the 32 lanes, in all of them, in a fixed order.
template <class T>
__device__ inline T warp_sum(T v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v += shuffle_xor(v, mask);
  return v;
}

/// The largest of the 32 lanes' values, in all of them; NaNs are passed over.
__device__ inline float warp_max(float v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v = fmaxf(v, shuffle_xor(v, mask));
  return v;
}

}  // namespace fettle::cuda
