#pragma once
#include "ops/op.h"

namespace fettle {

/// y[i] = x[index[i]].  index I32 [C]; x [T, H]; y [C, H].
struct GatherRows {
  static constexpr const char* name = "gather_rows";
  Tensor x, index, y;
  OpCost cost() const { return moves(y, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("index", s.index), f("y", s.y);
  }
};

/// y[index[i]] = x[i]; rows of y that index does not name keep their values. Indices are distinct.
struct ScatterRows {
  static constexpr const char* name = "scatter_rows";
  Tensor x, index, y;
  OpCost cost() const { return moves(x, x); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("index", s.index), f("y", s.y);
  }
};

}  // namespace fettle
