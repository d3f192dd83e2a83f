#include "core/nf4.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace fettle {
namespace {

using Map = std::array<float, 256>;

/// bitsandbytes' create_dynamic_map: for each power of ten from 1e-6 to 1 the midpoints of an even grid over [0.1, 1], the grid twice as
/// fine at each step; with both signs or, unsigned, at twice the resolution; and 0 and 1. Computed in fp64, rounded once.
Map dynamic_map(bool is_signed) {
  Map map{};
  size_t n = 0;
  for (int i = 0; i < 7; ++i) {
    const double power = std::pow(10.0, i - 6);
    const int steps = 1 << (is_signed ? i : i + 1);
    const auto grid = [&](int k) { return 0.1 + 0.9 * k / steps; };
    for (int k = 0; k < steps; ++k) {
      const float value = float(power * ((grid(k) + grid(k + 1)) / 2));
      map[n++] = value;
      if (is_signed) map[n++] = -value;
    }
  }
  map[n++] = 0.0f;
  map[n++] = 1.0f;
  std::sort(map.begin(), map.end());
  return map;
}

}  // namespace

const float* signed_dynamic_map() {
  static const Map map = dynamic_map(true);
  return map.data();
}

const float* unsigned_dynamic_map() {
  static const Map map = dynamic_map(false);
  return map.data();
}

}  // namespace fettle
