#include "ops/adamw_8bit.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/scalar/nearest_code.h"
#include "core/nf4.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// The codes become those nearest to `moments`, the scale the largest of them.
void quantize(const std::vector<float>& moments, const float* map, uint8_t* codes, float& absmax) {
  absmax = 0;
  for (float m : moments) absmax = std::max(absmax, std::fabs(m));
  for (size_t i = 0; i < moments.size(); ++i) codes[i] = nearest_code(map, moments[i] * (1.0f / std::max(absmax, 1e-38f)));
}

}  // namespace

void run(Context&, const AdamW8bit& op) {
  check(op);
  const float grad_scale = *op.grad_scale.as<float>();
  if (!std::isfinite(grad_scale)) return;
  const double correction1 = 1 - std::pow(double(op.beta1), op.step), correction2 = 1 - std::pow(double(op.beta2), op.step);
  const int64_t n = op.param.cols;
  for (int64_t b = 0; b < op.absmax.cols; ++b) {
    const int64_t first = b * 256, end = std::min(n, first + 256);
    float& absmax = op.absmax.as<float>()[b];
    float& absmax_sq = op.absmax_sq.as<float>()[b];
    std::vector<float> moments, squares;
    for (int64_t i = first; i < end; ++i) {
      const double g = double(grad_scale) * op.grad.as<float>()[i];
      double p = op.param.as<float>()[i], m = signed_dynamic_map()[op.exp_avg.as<uint8_t>()[i]] * absmax,
             v = unsigned_dynamic_map()[op.exp_avg_sq.as<uint8_t>()[i]] * absmax_sq;
      p -= double(op.learning_rate) * op.weight_decay * p;
      m = op.beta1 * m + (1 - double(op.beta1)) * g;
      v = op.beta2 * v + (1 - double(op.beta2)) * g * g;
      p -= op.learning_rate / correction1 * m / (std::sqrt(v) / std::sqrt(correction2) + op.epsilon);
      op.param.as<float>()[i] = float(p);
      moments.push_back(float(m));
      squares.push_back(float(v));
    }
    quantize(moments, signed_dynamic_map(), op.exp_avg.as<uint8_t>() + first, absmax);
    quantize(squares, unsigned_dynamic_map(), op.exp_avg_sq.as<uint8_t>() + first, absmax_sq);
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
