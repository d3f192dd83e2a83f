#pragma once
#include <limits>

#include "ops/op.h"

namespace fettle {

/// AdamW (Loshchilov & Hutter 2019), PyTorch's order: decay first, then the update with g = grad_scale * grad.
/// param, grad, exp_avg, exp_avg_sq F32 [n] (rows 1); grad_scale F32 [1]: when it is not finite, nothing changes; step counts from 1.
/// p -= lr * weight_decay * p;  p -= lr / (1 - beta1^step) * m / (sqrt(v) / sqrt(1 - beta2^step) + epsilon).
struct AdamW {
  static constexpr const char* name = "adamw";
  Tensor param, grad, exp_avg, exp_avg_sq, grad_scale;
  float learning_rate = 0, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  int32_t step = 1;
  OpCost cost() const { return moves(param, param, grad, exp_avg, exp_avg, exp_avg_sq, exp_avg_sq); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("param", s.param), f("grad", s.grad), f("exp_avg", s.exp_avg), f("exp_avg_sq", s.exp_avg_sq), f("grad_scale", s.grad_scale),
        f("learning_rate", s.learning_rate), f("beta1", s.beta1), f("beta2", s.beta2), f("epsilon", s.epsilon),
        f("weight_decay", s.weight_decay), f("step", s.step);
  }
};

/// out[0] = sum of x^2 in fp64, in an order that depends on n only.  x F32 [n]; out F64 [1].
struct SumSquares {
  static constexpr const char* name = "sum_squares";
  Tensor x, out;
  OpCost cost() const { return moves(x); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("out", s.out);
  }
};

/// The factor that clips gradients to max_norm, as torch.nn.utils.clip_grad_norm_: factor[0] = min(1, max_norm / (norm + 1e-6)), with norm
/// = sqrt(grad_squares[0]); NaN when grad_squares or loss_squares, the sums of the squares of a step's gradients and losses, is not finite.
/// grad_squares, loss_squares F64 [1]; factor F32 [1].
struct ClipFactor {
  static constexpr const char* name = "clip_factor";
  Tensor grad_squares, loss_squares, factor;
  double max_norm = std::numeric_limits<double>::infinity();
  OpCost cost() const { return moves(grad_squares, loss_squares, factor); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("grad_squares", s.grad_squares), f("loss_squares", s.loss_squares), f("factor", s.factor), f("max_norm", s.max_norm);
  }
};

}  // namespace fettle
