#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const Rope& op) {
  check(op);
  check_indices(op);
  const int64_t dim = op.x.cols / op.heads, half = op.cos.cols;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t t = 0; t < op.x.rows; ++t) {
      const int32_t position = op.positions.as<int32_t>()[t];
      for (int64_t h = 0; h < op.heads; ++h) {
        T* x = op.x.row<T>(t) + h * dim;
        for (int64_t i = 0; i < half; ++i) {
          const double c = op.cos.row<float>(position)[i],
                       s = op.inverse ? -op.sin.row<float>(position)[i] : op.sin.row<float>(position)[i];
          const double a = to_float(x[i]), b = to_float(x[half + i]);
          x[i] = from_float<T>(float(a * c - b * s));
          x[half + i] = from_float<T>(float(b * c + a * s));
        }
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
