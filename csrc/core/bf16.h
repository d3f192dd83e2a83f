#pragma once
#include <cstdint>
#include <cstring>

#include "core/host_device.h"

namespace fettle {

/// bfloat16 as stored: the upper half of an fp32.
struct bf16 {
  uint16_t bits;
};

FETTLE_HOST_DEVICE inline float to_float(bf16 h) {
  const uint32_t u = uint32_t(h.bits) << 16;
  float f;
  std::memcpy(&f, &u, 4);
  return f;
}
FETTLE_HOST_DEVICE inline float to_float(float f) { return f; }

/// Rounds to nearest even; NaN stays NaN (quiet).
FETTLE_HOST_DEVICE inline bf16 to_bf16(float f) {
  uint32_t u;
  std::memcpy(&u, &f, 4);
  if ((u & 0x7fffffffu) > 0x7f800000u) return {uint16_t((u >> 16) | 0x40)};
  return {uint16_t((u + 0x7fffu + ((u >> 16) & 1)) >> 16)};
}

template <class T>
FETTLE_HOST_DEVICE inline T from_float(float f);
template <>
FETTLE_HOST_DEVICE inline float from_float<float>(float f) {
  return f;
}
template <>
FETTLE_HOST_DEVICE inline bf16 from_float<bf16>(float f) {
  return to_bf16(f);
}

}  // namespace fettle
