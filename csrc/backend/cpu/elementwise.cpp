#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context& context, const Add& op) {
  check(op);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_spans(context, op.y.rows, op.y.cols, [&](int64_t r, int64_t first, int64_t n) {
      const T* a = op.a.row<T>(r) + first;
      const T* b = op.b.row<T>(r) + first;
      T* y = op.y.row<T>(r) + first;
      each_register(n, [&](int64_t i, auto width) { store(y + i, load(a + i, width) + load(b + i, width), width); });
    });
  });
}

void run(Context& context, const Cast& op) {
  check(op);
  with_type(op.x.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      parallel_spans(context, op.y.rows, op.y.cols, [&](int64_t r, int64_t first, int64_t n) {
        const auto* x = op.x.row<decltype(in)>(r) + first;
        auto* y = op.y.row<decltype(out)>(r) + first;
        each_register(n, [&](int64_t i, auto width) { store_ieee(y + i, load(x + i, width), width); });
      });
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
