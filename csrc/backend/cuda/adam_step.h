#pragma once
#include <cuda_runtime.h>

#include <cmath>

namespace fettle::cuda {

/// The numbers of an Adam step, corrections included. The factor on the gradient lies on the device, where it was computed.
struct AdamStep {
  float rate, decay, beta1, one_minus_beta1, beta2, one_minus_beta2, root2, epsilon;
  const float* grad_scale;

  template <class Op>
  explicit AdamStep(const Op& op)
      : rate(float(op.learning_rate / (1.0 - std::pow(double(op.beta1), op.step)))),
        decay(float(1.0 - double(op.learning_rate) * op.weight_decay)),
        beta1(op.beta1),
        one_minus_beta1(float(1.0 - double(op.beta1))),
        beta2(op.beta2),
        one_minus_beta2(float(1.0 - double(op.beta2))),
        root2(float(1.0 / std::sqrt(1.0 - std::pow(double(op.beta2), op.step)))),
        epsilon(op.epsilon),
        grad_scale(op.grad_scale.template as<const float>()) {}

  /// Moves one parameter and its moments: decay, then the update with g = grad_scale * grad.
  __device__ void apply(float& param, float g, float& exp_avg, float& exp_avg_sq) const {
    exp_avg = exp_avg * beta1 + g * one_minus_beta1;
    exp_avg_sq = exp_avg_sq * beta2 + g * g * one_minus_beta2;
    param = param * decay - rate * __fdiv_rn(exp_avg, __fsqrt_rn(exp_avg_sq) * root2 + epsilon);
  }
};

}  // namespace fettle::cuda
