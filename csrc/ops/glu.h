#pragma once
#include "ops/op.h"

namespace fettle {

enum class Activation : int32_t { Silu = 0, GeluTanh = 1 };

/// Gated unit: y = act(gate) * up.  All [T, F]; activation 0 is SiLU (SwiGLU), 1 is tanh-GELU (GeGLU).
struct GluForward {
  static constexpr const char* name = "glu_forward";
  Tensor gate, up, y;
  int32_t activation = 0;
  OpCost cost() const { return moves(gate, up, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("gate", s.gate), f("up", s.up), f("y", s.y), f("activation", s.activation);
  }
};

/// dgate = dy * up * act'(gate), dup = dy * act(gate). dgate may be gate and dup may be up (each element is read before it is written).
struct GluBackward {
  static constexpr const char* name = "glu_backward";
  Tensor gate, up, dy, dgate, dup;
  int32_t activation = 0;
  OpCost cost() const { return moves(gate, up, dy, dgate, dup); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("gate", s.gate), f("up", s.up), f("dy", s.dy), f("dgate", s.dgate), f("dup", s.dup), f("activation", s.activation);
  }
};

}  // namespace fettle
