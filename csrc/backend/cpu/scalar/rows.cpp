#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const GatherRows& op) {
  check(op);
  check_indices(op);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t i = 0; i < op.y.rows; ++i)
      for (int64_t j = 0; j < op.y.cols; ++j) op.y.row<T>(i)[j] = op.x.row<T>(op.index.as<int32_t>()[i])[j];
  });
}

void run(Context&, const ScatterRows& op) {
  check(op);
  check_indices(op);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t i = 0; i < op.x.rows; ++i)
      for (int64_t j = 0; j < op.x.cols; ++j) op.y.row<T>(op.index.as<int32_t>()[i])[j] = op.x.row<T>(i)[j];
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
