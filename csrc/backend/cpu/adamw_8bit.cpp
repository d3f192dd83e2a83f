#include "ops/adamw_8bit.h"

#include <cmath>

#include "backend/cpu/lanes.h"
#include "backend/cpu/nearest_code.h"
#include "core/nf4.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kBlock = 256;  // moments of a scale

/// A kind of moment of one block: its codes and its scale.
struct Moment {
  const float* map;
  const NearestCode& nearest;
  uint8_t* codes;
  float& absmax;

  void decode(float* values, int64_t n) const {
    for (int64_t i = 0; i < n; ++i) values[i] = map[codes[i]] * absmax;
  }
  void encode(const float* values, int64_t n) const {
    vf highest = {};
    each_register(n, [&](int64_t i, auto width) {
      const vf v = load(values + i, width);
      highest = max(max(v, -v), highest);
    });
    absmax = max(highest);
    const float reciprocal = 1.0f / std::max(absmax, 1e-38f);
    float x[kBlock];
    each_register(n, [&](int64_t i, auto width) { store(x + i, load(values + i, width) * reciprocal, width); });
    for (int64_t i = 0; i < n; ++i) codes[i] = nearest(x[i]);
  }
};

}  // namespace

void run(Context& context, const AdamW8bit& op) {
  check(op);
  const float grad_scale = *op.grad_scale.as<float>();
  if (!std::isfinite(grad_scale)) return;
  static const NearestCode nearest(signed_dynamic_map()), nearest_sq(unsigned_dynamic_map());
  const double correction1 = 1.0 - std::pow(double(op.beta1), op.step), correction2 = 1.0 - std::pow(double(op.beta2), op.step);
  const float decay = float(1.0 - double(op.learning_rate) * op.weight_decay);
  const float rate = float(op.learning_rate / correction1);
  const float root2 = float(1.0 / std::sqrt(correction2));
  const float one_minus_beta1 = float(1.0 - double(op.beta1)), one_minus_beta2 = float(1.0 - double(op.beta2));
  const int64_t n = op.param.cols;
  parallel_rows(context, op.absmax.cols, kBlock, [&](int64_t b) {
    const int64_t first = b * kBlock, size = std::min(kBlock, n - first);
    const Moment exp_avg = {signed_dynamic_map(), nearest, op.exp_avg.as<uint8_t>() + first, op.absmax.as<float>()[b]};
    const Moment exp_avg_sq = {unsigned_dynamic_map(), nearest_sq, op.exp_avg_sq.as<uint8_t>() + first, op.absmax_sq.as<float>()[b]};
    float* param = op.param.as<float>() + first;
    const float* grad = op.grad.as<float>() + first;
    float moments[kBlock], squares[kBlock];
    exp_avg.decode(moments, size);
    exp_avg_sq.decode(squares, size);
    each_register(size, [&](int64_t i, auto width) {
      const vf g = load(grad + i, width) * grad_scale;
      const vf m = load(moments + i, width) * op.beta1 + g * one_minus_beta1;
      const vf v = load(squares + i, width) * op.beta2 + g * g * one_minus_beta2;
      store(moments + i, m, width);
      store(squares + i, v, width);
      store(param + i, load(param + i, width) * decay - rate * (m / (sqrt(v) * root2 + op.epsilon)), width);
    });
    exp_avg.encode(moments, size);
    exp_avg_sq.encode(squares, size);
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
