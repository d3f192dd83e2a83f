#pragma once
// NF4 blocks: 64 weights, a nibble each, the even one in the high half of its byte, and a scale.
#include "core/nf4.h"
#include "primitives.h"

namespace fettle::cuda {

/// The scales of an NF4 tensor as kernels take them: 8-bit codes with a second level, or absmax itself by the same formula, as the factor
/// of map(0) = 1, plus 0.
struct ScaleReader {
  const uint8_t* codes;
  const float* factors;  // of block b: factors[b >> shift]
  int shift;
  const float* map;
  float offset;

  ScaleReader() = default;
  explicit ScaleReader(const Nf4Scales& s)
      : codes(s.absmax ? nullptr : s.codes),
        factors(s.absmax ? s.absmax : s.absmax2),
        shift(s.absmax ? 0 : 8),
        map(s.absmax ? nullptr : s.map),
        offset(s.absmax ? 0.0f : s.offset) {}
  __device__ uint32_t code(int64_t b) const { return codes ? codes[b] : 0u; }
  __device__ float factor(int64_t b) const { return factors[b >> shift]; }
  __device__ float mapped(uint32_t code) const { return map ? map[code] : 1.0f; }
  /// bitsandbytes' two roundings.
  __device__ float scale(float mapped, float factor) const { return __fadd_rn(__fmul_rn(mapped, factor), offset); }
  /// Of block b.
  __device__ float operator()(int64_t b) const { return scale(mapped(code(b)), factor(b)); }
};

/// The code book by halving: no table that lanes would index apart.
__device__ inline float nf4_value(uint32_t code) {
  constexpr auto v = kNf4Code;
  const auto quarter = [code](float v0, float v1, float v2, float v3) { return code & 2 ? (code & 1 ? v3 : v2) : (code & 1 ? v1 : v0); };
  const float a = quarter(v[0], v[1], v[2], v[3]), b = quarter(v[4], v[5], v[6], v[7]), c = quarter(v[8], v[9], v[10], v[11]),
              d = quarter(v[12], v[13], v[14], v[15]);
  return code & 8 ? (code & 4 ? d : c) : (code & 4 ? b : a);
}

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
