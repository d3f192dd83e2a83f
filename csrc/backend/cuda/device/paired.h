#pragma once
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// 32 bytes of a lane.
struct Bytes32 {
  uint4 first, second;
};

/// [p, p + 32) of each lane, where lanes 2k and 2k + 1 ask for neighbours; zeros where a lane is not `inside`. Each load of a warp brings
/// whole sectors: a pair first loads what the even lane asked for, then the odd lane's, and swaps halves. All 32 lanes take part.
__device__ inline Bytes32 load32(const void* p, bool inside) {
  const int odd = threadIdx.x % 2;
  const bool other_inside = shuffle_xor(int(inside), 1) != 0;
  const char* base = static_cast<const char*>(p) - 32 * odd + 16 * odd;
  const uint4 zero = make_uint4(0, 0, 0, 0);
  const uint4 of_even = (odd ? other_inside : inside) ? load16(base) : zero;
  const uint4 of_odd = (odd ? inside : other_inside) ? load16(base + 32) : zero;
  uint4 swapped = odd ? of_even : of_odd;
  swapped.x = shuffle_xor(swapped.x, 1);
  swapped.y = shuffle_xor(swapped.y, 1);
  swapped.z = shuffle_xor(swapped.z, 1);
  swapped.w = shuffle_xor(swapped.w, 1);
  return odd ? Bytes32{swapped, of_odd} : Bytes32{of_even, swapped};
}

/// Eight fp32 of each lane, in the same way.
__device__ inline void load8_paired(float (&v)[8], const float* p, bool inside) {
  const Bytes32 b = load32(p, inside);
  v[0] = __uint_as_float(b.first.x), v[1] = __uint_as_float(b.first.y), v[2] = __uint_as_float(b.first.z);
  v[3] = __uint_as_float(b.first.w), v[4] = __uint_as_float(b.second.x), v[5] = __uint_as_float(b.second.y);
  v[6] = __uint_as_float(b.second.z), v[7] = __uint_as_float(b.second.w);
}

}  // namespace fettle::cuda
