// Blocks of 32 values: a half scale, for _1 a half minimum, for 5 bits 32 high bits, then the low nibbles: value i and i + 16 in byte i.
#include "model/weights/decode/decode.h"

namespace fettle::decode {
namespace {

template <bool HasMin, bool HasHighBit>
void blocks_of_32(const uint8_t* src, float* dst, int64_t blocks) {
  constexpr int zero = HasMin ? 0 : HasHighBit ? 16 : 8;
  for (int64_t b = 0; b < blocks; ++b, dst += 32) {
    const float d = half_at(src);
    src += 2;
    float minimum = 0;
    if constexpr (HasMin) {
      minimum = half_at(src);
      src += 2;
    }
    uint32_t high = 0;
    if constexpr (HasHighBit) {
      std::memcpy(&high, src, 4);
      src += 4;
    }
    for (int i = 0; i < 16; ++i) {
      const int low = int(src[i] & 15) | int(high >> i & 1) << 4;
      const int upper = int(src[i] >> 4) | int(high >> (i + 16) & 1) << 4;
      if constexpr (HasMin) {
        dst[i] = d * float(low) + minimum;
        dst[i + 16] = d * float(upper) + minimum;
      } else {
        dst[i] = d * float(low - zero);
        dst[i + 16] = d * float(upper - zero);
      }
    }
    src += 16;
  }
}

}  // namespace

void q4_0(const uint8_t* src, float* dst, int64_t blocks) { blocks_of_32<false, false>(src, dst, blocks); }
void q4_1(const uint8_t* src, float* dst, int64_t blocks) { blocks_of_32<true, false>(src, dst, blocks); }
void q5_0(const uint8_t* src, float* dst, int64_t blocks) { blocks_of_32<false, true>(src, dst, blocks); }
void q5_1(const uint8_t* src, float* dst, int64_t blocks) { blocks_of_32<true, true>(src, dst, blocks); }

void q8_0(const uint8_t* src, float* dst, int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b, src += 34, dst += 32) {
    const float d = half_at(src);
    for (int i = 0; i < 32; ++i) dst[i] = float(int8_t(src[2 + i])) * d;
  }
}

}  // namespace fettle::decode
