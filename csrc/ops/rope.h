#pragma once
#include "ops/op.h"

namespace fettle {

/// Rotary embedding in place, Hugging Face's half-split layout: for i < P/2, (x[i], x[i + P/2]) turns by the angle of `position`.
/// x [T, heads*D]; positions I32 [T]; cos, sin F32 [max position, P/2] with P = 2 * cos.cols <= D (the rest of a head is untouched).
/// inverse = 1 turns back: that is the backward pass.
struct Rope {
  static constexpr const char* name = "rope";
  Tensor x, positions, cos, sin;
  int32_t heads = 1;
  int32_t inverse = 0;
  OpCost cost() const { return moves(x, x); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("positions", s.positions), f("cos", s.cos), f("sin", s.sin), f("heads", s.heads), f("inverse", s.inverse);
  }
};

}  // namespace fettle
