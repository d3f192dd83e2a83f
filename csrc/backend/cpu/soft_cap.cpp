#include "ops/soft_cap.h"

#include "backend/cpu/lanes.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context& context, const SoftCap& op) {
  check(op);
  parallel_spans(context, op.x.rows, op.x.cols, [&](int64_t r, int64_t first, int64_t n) {
    float* x = op.x.row<float>(r) + first;
    each_register(n, [&](int64_t i, auto width) { store(x + i, op.cap * tanh(load(x + i, width) / op.cap), width); });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
