#include "model/weights/decode/decode.h"

namespace fettle::decode {

void f32(const uint8_t* src, float* dst, int64_t n) { std::memcpy(dst, src, size_t(n) * 4); }

void f16(const uint8_t* src, float* dst, int64_t n) {
  for (int64_t i = 0; i < n; ++i) dst[i] = half_at(src + 2 * i);
}

void bf16(const uint8_t* src, float* dst, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t bits = uint32_t(src[2 * i]) << 16 | uint32_t(src[2 * i + 1]) << 24;
    std::memcpy(dst + i, &bits, 4);
  }
}

}  // namespace fettle::decode
