#include "ops/glu.h"

#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr float kGelu = 1.5957691216057308f;  // 2 sqrt(2 / pi)
constexpr float kCubic = 0.044715f;

/// act(g) = g sigmoid(z(g)): z = g gives SiLU; 0.5 (1 + tanh(u)) = sigmoid(2u) gives tanh-GELU. `derivative` is z'(g).
struct Gate {
  vf z, derivative;
};
template <Activation A>
inline Gate gate(vf g) {
  if constexpr (A == Activation::Silu) return {g, splat(1.0f)};
  return {kGelu * (g + kCubic * g * g * g), kGelu * (1.0f + 3 * kCubic * g * g)};
}

template <Activation A>
void forward(Context& context, const GluForward& op) {
  with_type(op.gate.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_spans(context, op.y.rows, op.y.cols, [&](int64_t r, int64_t first, int64_t n) {
      const T* gates = op.gate.row<T>(r) + first;
      const T* up = op.up.row<T>(r) + first;
      T* y = op.y.row<T>(r) + first;
      each_register(n, [&](int64_t i, auto width) {
        const vf g = load(gates + i, width);
        store(y + i, g * sigmoid<T>(gate<A>(g).z) * load(up + i, width), width);
      });
    });
  });
}

template <Activation A>
void backward(Context& context, const GluBackward& op) {
  with_type(op.gate.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_spans(context, op.dy.rows, op.dy.cols, [&](int64_t r, int64_t first, int64_t n) {
      const T* gates = op.gate.row<T>(r) + first;
      const T* ups = op.up.row<T>(r) + first;
      const T* dys = op.dy.row<T>(r) + first;
      T* dgate = op.dgate.row<T>(r) + first;
      T* dup = op.dup.row<T>(r) + first;
      each_register(n, [&](int64_t i, auto width) {
        const vf g = load(gates + i, width), up = load(ups + i, width), dy = load(dys + i, width);
        const Gate z = gate<A>(g);
        const vf s = sigmoid<T>(z.z);
        store(dgate + i, dy * up * (s + g * s * (1.0f - s) * z.derivative), width);
        store(dup + i, dy * (g * s), width);
      });
    });
  });
}

}  // namespace

void run(Context& context, const GluForward& op) {
  check(op);
  op.activation == int32_t(Activation::Silu) ? forward<Activation::Silu>(context, op) : forward<Activation::GeluTanh>(context, op);
}

void run(Context& context, const GluBackward& op) {
  check(op);
  op.activation == int32_t(Activation::Silu) ? backward<Activation::Silu>(context, op) : backward<Activation::GeluTanh>(context, op);
}

}  // namespace fettle::cpu::FETTLE_TIER
