#pragma once
#include "ops/op.h"

namespace fettle {

/// y = a + b, all [T, H], rounded once; y may be a or b.
struct Add {
  static constexpr const char* name = "add";
  Tensor a, b, y;
  OpCost cost() const { return moves(a, b, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("a", s.a), f("b", s.b), f("y", s.y);
  }
};

/// y = x in y's type (F32 <-> BF16, round to nearest even).
struct Cast {
  static constexpr const char* name = "cast";
  Tensor x, y;
  OpCost cost() const { return moves(x, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("y", s.y);
  }
};

}  // namespace fettle
