#include "core/nf4.h"

#include <algorithm>
#include <cmath>

#include "backend/cpu/scalar/nearest_code.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
void run(Context&, const Nf4Quantize& op) {
  check(op);
  const int64_t n = op.x.size();
  uint8_t* packed = op.packed.as<uint8_t>();
  with_type(op.x.dtype, [&](auto type) {
    const auto* x = op.x.as<decltype(type)>();
    for (int64_t b = 0; b < op.absmax.cols; ++b) {
      const int64_t first = b * 64, end = std::min(n, first + 64);
      float absmax = 0;
      for (int64_t i = first; i < end; ++i) absmax = std::max(absmax, std::fabs(to_float(x[i])));
      op.absmax.as<float>()[b] = absmax;
      const float reciprocal = 1.0f / std::max(absmax, 1e-38f);
      for (int64_t i = first; i < end; ++i) {
        int code = 0;
        while (code < 15 && to_float(x[i]) * reciprocal > kNf4Threshold[code]) ++code;
        packed[i / 2] = uint8_t(i % 2 == 0 ? code << 4 : packed[i / 2] | code);
      }
    }
  });
  if (n % 2) packed[n / 2] |= 7;
}

void run(Context&, const Nf4QuantizeScales& op) {
  check(op);
  const float* absmax = op.absmax.as<float>();
  const int64_t n = op.absmax.cols;
  if (n == 0) return;
  if (!op.keep_offset) {
    double total = 0;
    for (int64_t i = 0; i < n; ++i) total += absmax[i];
    *op.offset.as<float>() = float(total / double(n));
  }
  const float offset = *op.offset.as<float>();
  for (int64_t group = 0; group < op.absmax2.cols; ++group) {
    const int64_t first = group * 256, end = std::min(n, first + 256);
    float highest = 0;
    for (int64_t i = first; i < end; ++i) highest = std::max(highest, std::fabs(absmax[i] - offset));
    op.absmax2.as<float>()[group] = highest;
    const float reciprocal = 1.0f / std::max(highest, 1e-38f);
    for (int64_t i = first; i < end; ++i) op.codes.as<uint8_t>()[i] = nearest_code(signed_dynamic_map(), (absmax[i] - offset) * reciprocal);
  }
}

void run(Context&, const Nf4Dequantize& op) {
  check(op);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.y.rows; ++r) {
      for (int64_t c = 0; c < op.y.cols; ++c) {
        const int64_t i = r * op.y.cols + c;
        const uint8_t byte = op.w.as<uint8_t>()[i / 2];
        op.y.row<T>(r)[c] = from_float<T>(kNf4Code[i % 2 == 0 ? byte >> 4 : byte & 15] * nf4_scale(*op.w.nf4, i / 64));
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
