#include "ops/soft_cap.h"

#include <cmath>

#include "backend/cpu/tier.h"
#include "core/thread_pool.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context& context, const SoftCap& op) {
  check(op);
  context.pool->parallel_for(op.x.rows, [&](int64_t t) {
    float* x = op.x.row<float>(t);
    for (int64_t i = 0; i < op.x.cols; ++i) x[i] = op.cap * std::tanh(x[i] / op.cap);
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
