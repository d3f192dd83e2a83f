#pragma once
#include <cstdint>

#include "core/tensor.h"

namespace fettle {

/// bitsandbytes' NF4 code book: index = nibble (docs/notation.md; functional.get_4bit_type).
inline constexpr float kNf4Code[16] = {
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

/// A value above threshold[i] quantizes to a code above i (strict >).
inline constexpr float kNf4Threshold[15] = {
    -0.8480964004993439f, -0.6106329262256622f,  -0.4599952697753906f, -0.33967943489551544f, -0.23460740596055984f,
    -0.13791173323988914f, -0.045525018125772476f, 0.03979014977812767f, 0.1202552504837513f,   0.2035212516784668f,
    0.2920137718319893f,   0.3893125355243683f,    0.5016634166240692f,  0.6427869200706482f,   0.8614784181118011f,
};

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
