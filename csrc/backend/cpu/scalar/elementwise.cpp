#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const Add& op) {
  check(op);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.y.rows; ++r)
      for (int64_t i = 0; i < op.y.cols; ++i) op.y.row<T>(r)[i] = from_float<T>(to_float(op.a.row<T>(r)[i]) + to_float(op.b.row<T>(r)[i]));
  });
}

void run(Context&, const Cast& op) {
  check(op);
  with_type(op.x.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      for (int64_t r = 0; r < op.y.rows; ++r)
        for (int64_t i = 0; i < op.y.cols; ++i) op.y.row<Out>(r)[i] = from_float<Out>(to_float(op.x.row<In>(r)[i]));
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
