#pragma once
#include "ops/op.h"

namespace fettle {

/// RMSNorm (Zhang & Sennrich 2019) of each of `groups` equal pieces of a row: y = x * rstd * (gamma + add_one).
/// x, y [T, G*D] (y may be x); gamma F32 [D]; rstd F32 [T, G], optional. groups = 1 is the plain norm, groups = heads is QK-norm.
struct RmsNormForward {
  static constexpr const char* name = "rms_norm_forward";
  Tensor x, gamma, y, rstd;
  float eps = 1e-5f;
  int32_t add_one = 0;
  int32_t groups = 1;
  OpCost cost() const { return moves(x, y, rstd); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("gamma", s.gamma), f("y", s.y), f("rstd", s.rstd), f("eps", s.eps), f("add_one", s.add_one), f("groups", s.groups);
  }
};

/// dx (+)= rstd * (g dy - xhat * mean(g dy xhat)), with xhat = x * rstd; dgamma F32 [D] += sum over rows (optional), in a fixed order.
/// `accumulate` adds to what dx holds (the residual's gradient). dx may be dy when not accumulating.
struct RmsNormBackward {
  static constexpr const char* name = "rms_norm_backward";
  Tensor x, gamma, rstd, dy, dx, dgamma;
  int32_t add_one = 0;
  int32_t groups = 1;
  int32_t accumulate = 0;
  OpCost cost() const { return moves(x, dy, dx, rstd); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("gamma", s.gamma), f("rstd", s.rstd), f("dy", s.dy), f("dx", s.dx), f("dgamma", s.dgamma), f("add_one", s.add_one),
        f("groups", s.groups), f("accumulate", s.accumulate);
  }
};

}  // namespace fettle
