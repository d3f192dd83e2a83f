// Super-blocks of 256 values with 6-bit (Q4_K, Q5_K) or 8-bit (Q6_K) scales of their own.
#include "model/weights/decode/decode.h"

namespace fettle::decode {
namespace {

/// Scale and minimum of group g of 32 values, from the 12 bytes that hold eight of each in 6 bits.
struct ScaleMin {
  ScaleMin(const uint8_t* s, int g)
      : scale(g < 4 ? s[g] & 63 : (s[g + 4] & 15) | (s[g - 4] >> 2 & 48)),
        minimum(g < 4 ? s[g + 4] & 63 : s[g + 4] >> 4 | (s[g] >> 2 & 48)) {}
  int scale, minimum;
};

/// Block: half d, half dmin, 12 bytes of scales, for 5 bits 32 bytes of high bits (bit g of byte i), then nibbles: groups 2p and 2p + 1 in
/// bytes 32p..
template <bool HasHighBit>
void four_or_five_bits(const uint8_t* src, float* dst, int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b) {
    const float d = half_at(src), dmin = half_at(src + 2);
    const uint8_t* scales = src + 4;
    const uint8_t* high = src + 16;
    const uint8_t* nibbles = HasHighBit ? high + 32 : high;
    for (int g = 0; g < 8; ++g, dst += 32) {
      const ScaleMin s(scales, g);
      const float scale = d * float(s.scale), minimum = dmin * float(s.minimum);
      const uint8_t* q = nibbles + g / 2 * 32;
      const int shift = g % 2 * 4;
      for (int i = 0; i < 32; ++i) {
        int v = q[i] >> shift & 15;
        if constexpr (HasHighBit) v |= (high[i] >> g & 1) << 4;
        dst[i] = scale * float(v) - minimum;
      }
    }
    src = nibbles + 128;
  }
}

}  // namespace

void q4_k(const uint8_t* src, float* dst, int64_t blocks) { four_or_five_bits<false>(src, dst, blocks); }
void q5_k(const uint8_t* src, float* dst, int64_t blocks) { four_or_five_bits<true>(src, dst, blocks); }

// Block: 128 bytes of low nibbles, 64 of high bit pairs, 16 int8 scales, half d.
void q6_k(const uint8_t* src, float* dst, int64_t blocks) {
  for (int64_t b = 0; b < blocks; ++b, src += 210) {
    const uint8_t* low = src;
    const uint8_t* high = src + 128;
    const uint8_t* scales = src + 192;
    const float d = half_at(src + 208);
    for (int g = 0; g < 8; ++g, dst += 32) {  // groups 0..3 use the first half of low and high, 4..7 the second
      const uint8_t* l = low + g / 4 * 64 + g % 2 * 32;
      const uint8_t* h = high + g / 4 * 32;
      const int low_shift = g % 4 / 2 * 4, high_shift = g % 4 * 2;
      for (int i = 0; i < 32; ++i) {
        const int q = (l[i] >> low_shift & 15) | (h[i] >> high_shift & 3) << 4;
        dst[i] = d * float(int8_t(scales[g * 2 + i / 16])) * float(q - 32);
      }
    }
  }
}

}  // namespace fettle::decode
