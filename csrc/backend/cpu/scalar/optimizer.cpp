#include <cmath>

#include "backend/cpu/tier.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const AdamW& op) {
  check(op);
  const double correction1 = 1 - std::pow(double(op.beta1), op.step), correction2 = 1 - std::pow(double(op.beta2), op.step);
  for (int64_t i = 0; i < op.param.cols; ++i) {
    double p = op.param.as<float>()[i], m = op.exp_avg.as<float>()[i], v = op.exp_avg_sq.as<float>()[i];
    const double g = double(op.grad_scale) * op.grad.as<float>()[i];
    p -= double(op.learning_rate) * op.weight_decay * p;
    m = op.beta1 * m + (1 - double(op.beta1)) * g;
    v = op.beta2 * v + (1 - double(op.beta2)) * g * g;
    p -= op.learning_rate / correction1 * m / (std::sqrt(v) / std::sqrt(correction2) + op.epsilon);
    op.param.as<float>()[i] = float(p);
    op.exp_avg.as<float>()[i] = float(m);
    op.exp_avg_sq.as<float>()[i] = float(v);
  }
}

void run(Context&, const SumSquares& op) {
  check(op);
  double total = 0;
  for (int64_t i = 0; i < op.x.cols; ++i) total += double(op.x.as<float>()[i]) * op.x.as<float>()[i];
  *op.out.as<double>() = total;
}

}  // namespace fettle::cpu::FETTLE_TIER
