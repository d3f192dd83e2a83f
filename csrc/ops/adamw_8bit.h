#pragma once
#include "ops/cost.h"
#include "ops/op.h"

namespace fettle {

/// AdamW whose moments take 8 bits each, in bitsandbytes' format (Dettmers et al. 2021, "8-bit Optimizers via Block-wise Quantization"):
/// code c of a block of 256 stands for map[c] * absmax of the block; exp_avg has the signed dynamic map, exp_avg_sq the unsigned one.
/// The update is that of AdamW, with the new moments as they are before they become codes; each becomes the nearest code of
/// m * (1 / max(absmax, 1e-38)). All zero bytes with absmax 0 are moments of 0.
/// param, grad F32 [n]; exp_avg, exp_avg_sq U8 [n]; absmax, absmax_sq F32 [ceil(n/256)]; grad_scale F32 [1]: when
/// it is not finite, nothing changes; step counts from 1.
struct AdamW8bit {
  static constexpr const char* name = "adamw_8bit";
  Tensor param, grad, exp_avg, exp_avg_sq, absmax, absmax_sq, grad_scale;
  float learning_rate = 0, beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f, weight_decay = 0;
  int32_t step = 1;
  OpCost cost() const { return moves(param, param, grad, exp_avg, exp_avg, exp_avg_sq, exp_avg_sq, absmax, absmax, absmax_sq, absmax_sq); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("param", s.param), f("grad", s.grad), f("exp_avg", s.exp_avg), f("exp_avg_sq", s.exp_avg_sq), f("absmax", s.absmax),
        f("absmax_sq", s.absmax_sq), f("grad_scale", s.grad_scale), f("learning_rate", s.learning_rate), f("beta1", s.beta1),
        f("beta2", s.beta2), f("epsilon", s.epsilon), f("weight_decay", s.weight_decay), f("step", s.step);
  }
};

}  // namespace fettle
