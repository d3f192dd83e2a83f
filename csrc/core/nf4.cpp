#include "core/nf4.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace fettle {
namespace {

using Map = std::array<float, 256>;

/// Element k of torch.linspace(0.1, 1, n) in fp32: counted from the nearer end, one rounding.
float linspace(int k, int n) {
  const double step = (1.0f - 0.1f) / float(n - 1);
  return k < n / 2 ? float(0.1f + step * k) : float(1.0 - step * (n - 1 - k));
}

/// bitsandbytes' create_dynamic_map: for each power of ten from 1e-6 to 1 the midpoints of an even grid over [0.1, 1], the grid twice as
/// fine at each step; with both signs or, unsigned, at twice the resolution; and 0 and 1. fp32 throughout, as torch computes it.
Map dynamic_map(bool is_signed) {
  constexpr float kPowers[7] = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f};
  Map map{};
  size_t n = 0;
  for (int i = 0; i < 7; ++i) {
    const int points = (1 << (is_signed ? i : i + 1)) + 1;
    for (int k = 0; k + 1 < points; ++k) {
      const float value = kPowers[i] * ((linspace(k, points) + linspace(k + 1, points)) * 0.5f);
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
