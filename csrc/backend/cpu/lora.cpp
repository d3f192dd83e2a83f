#include "backend/cpu/dot.h"
#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context& context, const LoraShrink& op) {
  check(op);
  check_indices(op);
  const int64_t rank = op.s.cols;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_rows(context, op.x.rows, op.x.cols * rank / 4, [&](int64_t t) {
      const int64_t adapter = op.index.as<int32_t>()[t];
      const float scale = adapter < 0 ? 0.0f : op.scales.as<float>()[adapter];
      for (int64_t r = 0; r < rank; ++r) {
        const float sum = adapter < 0 ? 0.0f : dot(op.x.row<const T>(t), op.a.row<const T>(adapter * rank + r), op.x.cols);
        op.s.row<T>(t)[r] = from_float<T>(scale * sum);
      }
    });
  });
}

void run(Context& context, const LoraExpand& op) {
  check(op);
  check_indices(op);
  const int64_t rank = op.s.cols;
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_rows(context, op.y.rows, op.y.cols * rank / 4, [&](int64_t t) {
      const int64_t adapter = op.index.as<int32_t>()[t];
      if (adapter < 0) return;
      T* y = op.y.row<T>(t);
      const T *s = op.s.row<T>(t), *b = op.b.row<T>(adapter * rank);
      each_register(op.y.cols, [&](int64_t i, auto width) {
        vf sum = load(y + i, width);
        for (int64_t r = 0; r < rank; ++r) sum += load(b + r * op.b.ld + i, width) * to_float(s[r]);
        store(y + i, sum, width);
      });
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
