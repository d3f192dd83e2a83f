#pragma once
// Codes of a sorted map of 256 values. (Also scalar/nearest_code.h: the oracle keeps its own.)
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "backend/cpu/tier.h"

namespace fettle::cpu::FETTLE_TIER {

/// The code nearest to x: how many midpoints of the map lie below it. A table by the upper half of x's bits gives the code of the smallest
/// number that begins so; as few midpoints lie between two such numbers, counting on from there takes a step or two.
class NearestCode {
 public:
  explicit NearestCode(const float* map) {
    for (size_t i = 0; i < midpoints_.size(); ++i) midpoints_[i] = (map[i] + map[i + 1]) * 0.5f;
    for (uint32_t upper = 0; upper < first_.size(); ++upper) {
      const bool negative = upper >> 15;  // its bits grow away from zero: the smallest number has all lower bits set
      const float smallest = std::bit_cast<float>(upper << 16 | (negative ? 0xffffu : 0u));
      first_[upper] = uint8_t(std::lower_bound(midpoints_.begin(), midpoints_.end(), smallest) - midpoints_.begin());
    }
  }
  uint8_t operator()(float x) const {
    uint32_t code = first_[std::bit_cast<uint32_t>(x) >> 16];
    while (code < 255 && x > midpoints_[code]) ++code;
    return uint8_t(code);
  }

 private:
  std::array<float, 255> midpoints_;
  std::array<uint8_t, 1 << 16> first_;
};

}  // namespace fettle::cpu::FETTLE_TIER
