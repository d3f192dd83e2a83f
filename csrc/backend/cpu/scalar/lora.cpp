#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const LoraShrink& op) {
  check(op);
  check_indices(op);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t t = 0; t < op.x.rows; ++t) {
      const int64_t adapter = op.index.as<int32_t>()[t];
      for (int64_t r = 0; r < op.s.cols; ++r) {
        double sum = 0;
        if (adapter >= 0) {
          const T* a = op.a.row<T>(adapter * op.s.cols + r);
          for (int64_t k = 0; k < op.x.cols; ++k) sum += double(to_float(op.x.row<T>(t)[k])) * to_float(a[k]);
          sum *= op.scales.as<float>()[adapter];
        }
        op.s.row<T>(t)[r] = from_float<T>(float(sum));
      }
    }
  });
}

void run(Context&, const LoraExpand& op) {
  check(op);
  check_indices(op);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t t = 0; t < op.y.rows; ++t) {
      const int64_t adapter = op.index.as<int32_t>()[t];
      if (adapter < 0) continue;
      for (int64_t n = 0; n < op.y.cols; ++n) {
        double sum = to_float(op.y.row<T>(t)[n]);
        for (int64_t r = 0; r < op.s.cols; ++r)
          sum += double(to_float(op.s.row<T>(t)[r])) * to_float(op.b.row<T>(adapter * op.s.cols + r)[n]);
        op.y.row<T>(t)[n] = from_float<T>(float(sum));
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
