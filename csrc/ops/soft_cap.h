#pragma once
#include "ops/op.h"

namespace fettle {

/// x = cap * tanh(x / cap) in place (Gemma 2's final logits).  x F32 [T, V].
struct SoftCap {
  static constexpr const char* name = "soft_cap";
  Tensor x;
  float cap = 0.0f;
  OpCost cost() const { return moves(x, x); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("cap", s.cap);
  }
};

}  // namespace fettle
