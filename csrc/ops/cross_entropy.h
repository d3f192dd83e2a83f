#pragma once
#include "ops/op.h"

namespace fettle {

/// Softmax cross entropy of each row: loss[c] = log-sum-exp(z[c]) - z[c][targets[c]], with z = soft_cap * tanh(logits / soft_cap) when
/// soft_cap > 0. dlogits (optional; F32 or BF16; may be logits when F32, and on the CPU the first half of each of their rows when BF16) =
/// grad_scale * d loss / d logits.
/// logits F32 [C, V]; targets I32 [C]; loss F32 [C].
struct CrossEntropy {
  static constexpr const char* name = "cross_entropy";
  Tensor logits, targets, loss, dlogits;
  float grad_scale = 1.0f, soft_cap = 0.0f;
  OpCost cost() const { return moves(logits, targets, loss, dlogits); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("logits", s.logits), f("targets", s.targets), f("loss", s.loss), f("dlogits", s.dlogits), f("grad_scale", s.grad_scale),
        f("soft_cap", s.soft_cap);
  }
};

}  // namespace fettle
