#include "ops/glu.h"

#include <cmath>

#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr double kRoot2OverPi = 0.79788456080286535588;

struct ValueAndSlope {
  double value, slope;
};

/// act(g) and act'(g).
ValueAndSlope activate(Activation activation, double g) {
  if (activation == Activation::Silu) {
    const double s = 1 / (1 + std::exp(-g));
    return {g * s, s + g * s * (1 - s)};
  }
  const double t = std::tanh(kRoot2OverPi * (g + 0.044715 * g * g * g));
  return {0.5 * g * (1 + t), 0.5 * (1 + t) + 0.5 * g * (1 - t * t) * kRoot2OverPi * (1 + 3 * 0.044715 * g * g)};
}

}  // namespace

void run(Context&, const GluForward& op) {
  check(op);
  with_type(op.gate.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.y.rows; ++r)
      for (int64_t i = 0; i < op.y.cols; ++i)
        op.y.row<T>(r)[i] =
            from_float<T>(float(activate(Activation(op.activation), to_float(op.gate.row<T>(r)[i])).value * to_float(op.up.row<T>(r)[i])));
  });
}

void run(Context&, const GluBackward& op) {
  check(op);
  with_type(op.gate.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.dy.rows; ++r) {
      for (int64_t i = 0; i < op.dy.cols; ++i) {
        const ValueAndSlope act = activate(Activation(op.activation), to_float(op.gate.row<T>(r)[i]));
        const double up = to_float(op.up.row<T>(r)[i]), dy = to_float(op.dy.row<T>(r)[i]);
        op.dgate.row<T>(r)[i] = from_float<T>(float(dy * up * act.slope));
        op.dup.row<T>(r)[i] = from_float<T>(float(dy * act.value));
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
