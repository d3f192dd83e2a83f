#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/tensor.h"

namespace fettle {

/// bitsandbytes' NF4 code book: index = nibble (docs/notation.md; functional.get_4bit_type).
inline constexpr std::array<float, 16> kNf4Code = {
    -1.0f,
    -0.6961928009986877f,
    -0.5250730514526367f,
    -0.39491748809814453f,
    -0.28444138169288635f,
    -0.18477343022823334f,
    -0.09105003625154495f,
    0.0f,
    0.07958029955625534f,
    0.16093020141124725f,
    0.24611230194568634f,
    0.33791524171829224f,
    0.44070982933044434f,
    0.5626170039176941f,
    0.7229568362236023f,
    1.0f,
};

/// A value above threshold[i] quantizes to a code above i (strict >): the fp32 midpoints of the code book.
inline constexpr std::array<float, 15> kNf4Threshold = [] {
  std::array<float, 15> t{};
  for (size_t i = 0; i < t.size(); ++i) t[i] = (kNf4Code[i] + kNf4Code[i + 1]) * 0.5f;
  return t;
}();

/// The signed dynamic 8-bit map that double quantization uses for the scales (functional.create_dynamic_map), sorted, [256].
const float* signed_dynamic_map();
/// The unsigned one (second moments of 8-bit AdamW), sorted, [256].
const float* unsigned_dynamic_map();

/// Scale of block b, with bitsandbytes' two roundings (no fused multiply-add).
inline float nf4_scale(const Nf4Scales& s, int64_t b) {
  if (s.absmax) return s.absmax[b];
  volatile float product = s.map[s.codes[b]] * s.absmax2[b >> 8];
  return product + s.offset;
}

}  // namespace fettle
