#include <limits>

#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kBlock = 1024;  // logits between two looks at the running maximum

/// z = cap * tanh(logit / cap), or the logit itself when cap is 0.
inline vf capped(vf logit, float cap) { return cap > 0 ? cap * tanh(logit / cap) : logit; }
inline float capped(float logit, float cap) { return cap > 0 ? capped(splat(logit), cap)[0] : logit; }

/// log(sum(exp(z))), by a running maximum (Milakov & Gimelshein 2018), rescaled once a block. fp64: a small loss is a difference of two
/// large numbers.
double log_sum_exp(const float* logits, int64_t n, float cap) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  float running = kLowest;
  double total = 0;
  float capped_block[kBlock];
  for (int64_t first = 0; first < n; first += kBlock) {
    const int64_t size = std::min(kBlock, n - first);
    const float* z = logits + first;
    if (cap > 0) {
      each_register(size, [&](int64_t i, auto width) { store(capped_block + i, capped(load(z + i, width), cap), width); });
      z = capped_block;
    }
    vf highest = splat(kLowest);
    each_register(size, [&](int64_t i, auto width) { highest = max(keep(load(z + i, width), width, kLowest), highest); });
    const float m = std::max(running, max(highest));
    if (m == kLowest) continue;
    if (m > running) total *= std::exp(running - m);
    running = m;
    vf sums = {};
    each_register(size, [&](int64_t i, auto width) { sums += keep(exp(load(z + i, width) - m), width, 0.0f); });
    total += sum(sums);
  }
  return running + std::log(total);
}

/// `d` may lie over the logits, element for element or from the same start: each is read before it is written.
template <class T, bool Capped>
void gradient(const float* logits, int32_t target, T* d, int64_t n, double lse, float scale, float cap) {
  const float z = capped(logits[target], cap);
  const float slope = cap > 0 ? 1.0f - (z / cap) * (z / cap) : 1.0f;
  const float at_target = scale * float(std::expm1(z - lse)) * slope;
  const vf high = splat(float(lse)), low = splat(float(lse - float(lse)));
  each_register(n, [&](int64_t i, auto width) {
    const vf v = Capped ? capped(load(logits + i, width), cap) : load(logits + i, width);
    const vf x = (v - high) - low;
    vf g = (sizeof(T) == sizeof(float) ? exp(x) : fast_exp2(x * 1.44269504f)) * scale;
    if (Capped) g *= 1.0f - (v / cap) * (v / cap);
    store(d + i, g, width);
  });
  d[target] = from_float<T>(at_target);
}

}  // namespace

void run(Context& context, const CrossEntropy& op) {
  check(op);
  check_indices(op);
  const int32_t* targets = op.targets.as<int32_t>();
  with_type(op.dlogits.dtype, [&](auto type) {
    using T = decltype(type);
    context.pool->parallel_for(op.logits.rows, [&](int64_t r) {
      const float* logits = op.logits.row<float>(r);
      const double lse = log_sum_exp(logits, op.logits.cols, op.soft_cap);
      op.loss.as<float>()[r] = float(lse - capped(logits[targets[r]], op.soft_cap));
      if (!op.dlogits) return;
      const auto f = op.soft_cap > 0 ? gradient<T, true> : gradient<T, false>;
      f(logits, targets[r], op.dlogits.row<T>(r), op.logits.cols, lse, op.grad_scale, op.soft_cap);
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
