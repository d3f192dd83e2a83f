#pragma once
#include <cstdint>

#include "backend/cpu/tier.h"

namespace fettle::cpu::FETTLE_TIER {

/// The index of the value of a sorted map [256] that is nearest to x; of two equally near, the lower.
inline uint8_t nearest_code(const float* map, float x) {
  int best = 0;
  while (best < 255 && x > (map[best] + map[best + 1]) * 0.5f) ++best;
  return uint8_t(best);
}

}  // namespace fettle::cpu::FETTLE_TIER
