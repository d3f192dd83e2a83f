#pragma once
// NF4 blocks: 64 weights, a nibble each, the even one in the high half of its byte, and a scale.
#include "core/nf4.h"
#include "primitives.h"

namespace fettle::cuda {

/// The scales of an NF4 tensor as kernels take them: `absmax`, or 8-bit codes with a second level.
struct ScaleReader {
  const float* absmax;
  const uint8_t* codes;
  const float* absmax2;
  const float* map;
  float offset;

  explicit ScaleReader(const Nf4Scales& s) : absmax(s.absmax), codes(s.codes), absmax2(s.absmax2), map(s.map), offset(s.offset) {}
  /// Of block b, with bitsandbytes' two roundings.
  __device__ float operator()(int64_t b) const {
    if (absmax) return absmax[b];
    return __fadd_rn(__fmul_rn(map[codes[b]], absmax2[b >> 8]), offset);
  }
};

/// The 16 values of a block as bf16, one rounding each, in two planes of bytes: value i is byte i % 4 of low[i / 4] and of high[i / 4].
struct Nf4Table {
  uint32_t low[4], high[4];

  __device__ explicit Nf4Table(float scale) {
    constexpr auto code = kNf4Code;  // device code may not take the address of the original
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const uint32_t a = pack_bf16(__fmul_rn(code[4 * i], scale), __fmul_rn(code[4 * i + 1], scale));
      const uint32_t b = pack_bf16(__fmul_rn(code[4 * i + 2], scale), __fmul_rn(code[4 * i + 3], scale));
      low[i] = __byte_perm(a, b, 0x6420);
      high[i] = __byte_perm(a, b, 0x7531);
    }
  }
  /// Eight weights of four packed bytes, in order.
  __device__ uint4 decode8(uint32_t packed) const {
    uint32_t out[4];
    const uint32_t within = packed & 0x77777777u;                       // three bits choose among eight values ...
    const uint32_t half = ((packed >> 1) & 0x44444444u) | 0x32103210u;  // ... and the fourth which eight
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const uint32_t w = within >> (16 * h), s = half >> (16 * h);
      const uint32_t l = __byte_perm(__byte_perm(low[0], low[1], w), __byte_perm(low[2], low[3], w), s);
      const uint32_t u = __byte_perm(__byte_perm(high[0], high[1], w), __byte_perm(high[2], high[3], w), s);
      out[2 * h] = __byte_perm(l, u, 0x4051);
      out[2 * h + 1] = __byte_perm(l, u, 0x6273);
    }
    return make_uint4(out[0], out[1], out[2], out[3]);
  }
};

}  // namespace fettle::cuda
