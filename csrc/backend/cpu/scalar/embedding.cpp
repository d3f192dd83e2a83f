#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const EmbeddingForward& op) {
  check(op);
  check_indices(op);
  with_type(op.table.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      for (int64_t t = 0; t < op.y.rows; ++t) {
        const In* row = op.table.row<In>(op.ids.as<int32_t>()[t]);
        for (int64_t i = 0; i < op.y.cols; ++i) op.y.row<Out>(t)[i] = from_float<Out>(op.scale * to_float(row[i]));
      }
    });
  });
}

void run(Context&, const EmbeddingBackward& op) {
  check(op);
  check_indices(op);
  with_type(op.dy.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t t = 0; t < op.dy.rows; ++t)
      for (int64_t i = 0; i < op.dy.cols; ++i) op.dtable.row<float>(op.ids.as<int32_t>()[t])[i] += op.scale * to_float(op.dy.row<T>(t)[i]);
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
