#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace fettle::cuda {

/// Division of n < 2^31 by a number that is known when a kernel starts, as one multiplication (Granlund & Montgomery 1994).
struct Divider {
  uint32_t divisor = 1, multiplier = 1, shift = 0;

  Divider() = default;
  explicit Divider(uint32_t d) : divisor(d) {
    while ((uint64_t(1) << shift) < d) ++shift;
    multiplier = uint32_t(((uint64_t(1) << 32) * ((uint64_t(1) << shift) - d)) / d + 1);
  }
  __device__ uint32_t quotient(uint32_t n) const { return (__umulhi(n, multiplier) + n) >> shift; }
  __device__ uint32_t remainder(uint32_t n, uint32_t quotient) const { return n - quotient * divisor; }
};

}  // namespace fettle::cuda
