#include <algorithm>
#include <cmath>

#include "backend/cpu/tier.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const AdamW& op) {
  check(op);
  const float grad_scale = *op.grad_scale.as<float>();
  if (!std::isfinite(grad_scale)) return;
  const double correction1 = 1 - std::pow(double(op.beta1), op.step), correction2 = 1 - std::pow(double(op.beta2), op.step);
  for (int64_t i = 0; i < op.param.cols; ++i) {
    double p = op.param.as<float>()[i], m = op.exp_avg.as<float>()[i], v = op.exp_avg_sq.as<float>()[i];
    const double g = double(grad_scale) * op.grad.as<float>()[i];
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

void run(Context&, const ClipFactor& op) {
  check(op);
  const double grad_squares = *op.grad_squares.as<double>();
  const bool finite = std::isfinite(grad_squares) && std::isfinite(*op.loss_squares.as<double>());
  *op.factor.as<float>() = float(finite ? std::min(1.0, op.max_norm / (std::sqrt(grad_squares) + 1e-6)) : NAN);
}

}  // namespace fettle::cpu::FETTLE_TIER
