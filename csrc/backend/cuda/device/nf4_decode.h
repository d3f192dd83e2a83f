#pragma once
// NF4 to bf16 without shuffles or shared memory: the 16 products code * scale of a block, rounded to bf16, stand in 8 registers as two
// planes of bytes, and PRMT looks 4 of them up at a time. 2.9 ALU instructions a weight, the bits of the CPU's decoding.
#include <cuda_runtime.h>

#include "core/nf4.h"
#include "primitives.h"

namespace fettle::cuda {

/// bf16(code[i] * scale): `low` holds the lower bytes of entries 4i .. 4i + 3, `high` the upper ones.
struct Nf4Table {
  uint32_t low[4], high[4];
};

template <int Entry>
__device__ __forceinline__ uint32_t nf4_pair(float scale) {
  constexpr float even = kNf4Code[Entry], odd = kNf4Code[Entry + 1];
  return pack_bf16(__fmul_rn(even, scale), __fmul_rn(odd, scale));
}
template <int Quarter>
__device__ __forceinline__ void nf4_quarter(Nf4Table& table, float scale) {
  const uint32_t a = nf4_pair<4 * Quarter>(scale), b = nf4_pair<4 * Quarter + 2>(scale);
  table.low[Quarter] = __byte_perm(a, b, 0x6420);
  table.high[Quarter] = __byte_perm(a, b, 0x7531);
}
__device__ __forceinline__ Nf4Table nf4_table(float scale) {
  Nf4Table table;
  nf4_quarter<0>(table, scale), nf4_quarter<1>(table, scale), nf4_quarter<2>(table, scale), nf4_quarter<3>(table, scale);
  return table;
}

/// Four bytes of a plane: selector nibbles 0 .. 7 within each half of the table, `half` chooses between the halves.
__device__ __forceinline__ uint32_t nf4_look_up(const uint32_t (&plane)[4], uint32_t nibbles, uint32_t half) {
  return __byte_perm(__byte_perm(plane[0], plane[1], nibbles), __byte_perm(plane[2], plane[3], nibbles), half);
}

/// The 8 weights of a packed word (even element in the high nibble) as 4 pairs of bf16, in order.
__device__ __forceinline__ uint4 nf4_decode8(const Nf4Table& table, uint32_t word) {
  const uint32_t nibbles = word & 0x77777777u, half = ((word >> 1) & 0x44444444u) | 0x32103210u;
  const uint32_t low0 = nf4_look_up(table.low, nibbles, half), high0 = nf4_look_up(table.high, nibbles, half);
  const uint32_t low1 = nf4_look_up(table.low, nibbles >> 16, half >> 16), high1 = nf4_look_up(table.high, nibbles >> 16, half >> 16);
  return make_uint4(__byte_perm(low0, high0, 0x4051), __byte_perm(low0, high0, 0x6273), __byte_perm(low1, high1, 0x4051),
                    __byte_perm(low1, high1, 0x6273));
}

/// code[nibble], one by one: for what does not have to be fast.
__device__ inline float nf4_code(uint32_t nibble) {
  switch (nibble) {
#define X(i)                            \
  case i: {                             \
    constexpr float code = kNf4Code[i]; \
    return code;                        \
  }
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#undef X
  }
  return 1.0f;
}

/// Scales of either kind by one formula, core/nf4.h's nf4_scale with its two roundings: map[code] * factor + offset. Without double
/// quantization the factor is absmax itself, times map[0] = 1, plus 0.
struct Nf4ScaleSource {
  const uint8_t* codes;  // or null
  const float* factors;  // of block b: factors[b >> shift]
  int shift;
  const float* map;  // [256], or null
  float offset;
};
inline Nf4ScaleSource nf4_scale_source(const Nf4Scales& s) {
  if (s.absmax) return {nullptr, s.absmax, 0, nullptr, 0.0f};
  return {s.codes, s.absmax2, 8, s.map, s.offset};
}
__device__ __forceinline__ float nf4_scale_map(const Nf4ScaleSource& s, uint32_t code) { return s.map ? s.map[code] : 1.0f; }
__device__ __forceinline__ float nf4_scale(float mapped, float factor, float offset) {
  return __fadd_rn(__fmul_rn(mapped, factor), offset);
}
__device__ __forceinline__ float nf4_scale(const Nf4ScaleSource& s, int64_t block) {
  return nf4_scale(nf4_scale_map(s, s.codes ? s.codes[block] : 0u), s.factors[block >> s.shift], s.offset);
}

}  // namespace fettle::cuda
