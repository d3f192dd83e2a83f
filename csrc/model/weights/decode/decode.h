#pragma once
#include <cstdint>
#include <cstring>

// Decoders of GGUF's block types (ggml's block_* structs, little endian). Each reads `blocks` whole blocks.
// Products here have at most 22 significant bits, so they are exact in fp32 and a fused multiply-add changes nothing.

namespace fettle::decode {

void f32(const uint8_t* src, float* dst, int64_t blocks);
void f16(const uint8_t* src, float* dst, int64_t blocks);
void bf16(const uint8_t* src, float* dst, int64_t blocks);
void q8_0(const uint8_t* src, float* dst, int64_t blocks);
void q4_0(const uint8_t* src, float* dst, int64_t blocks);
void q4_1(const uint8_t* src, float* dst, int64_t blocks);
void q5_0(const uint8_t* src, float* dst, int64_t blocks);
void q5_1(const uint8_t* src, float* dst, int64_t blocks);
void q4_k(const uint8_t* src, float* dst, int64_t blocks);
void q5_k(const uint8_t* src, float* dst, int64_t blocks);
void q6_k(const uint8_t* src, float* dst, int64_t blocks);

/// An IEEE half at any address, exactly.
inline float half_at(const uint8_t* p) {
  const uint32_t h = uint32_t(p[0]) | uint32_t(p[1]) << 8;
  const uint32_t sign = (h & 0x8000u) << 16;
  const uint32_t magnitude = h & 0x7fffu;
  float f;
  if (magnitude < 0x400u) {  // zero or subnormal: a count of 2^-24
    f = float(magnitude) * 0x1p-24f;
  } else {
    const uint32_t bits = (magnitude << 13) + (magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u);
    std::memcpy(&f, &bits, 4);
  }
  uint32_t bits;
  std::memcpy(&bits, &f, 4);
  bits |= sign;
  std::memcpy(&f, &bits, 4);
  return f;
}

}  // namespace fettle::decode
