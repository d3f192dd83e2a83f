#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "ops/glu.h"

namespace fettle::cuda {
namespace {

constexpr float kGelu = 1.5957691216057308f;  // 2 sqrt(2 / pi)
constexpr float kCubic = 0.044715f;
constexpr float kLog2E = 1.4426950408889634f;

/// act(g) and act'(g), with act(g) = g sigmoid(z(g)): z = g gives SiLU; 0.5 (1 + tanh(u)) = sigmoid(2u) gives tanh-GELU.
struct ValueAndSlope {
  float value, slope;
};
template <Activation A>
__device__ ValueAndSlope activate(float g) {
  const float z = A == Activation::Silu ? g : kGelu * (g + kCubic * g * g * g);
  const float z_slope = A == Activation::Silu ? 1.0f : kGelu * (1.0f + 3 * kCubic * g * g);
  const float s = __frcp_rn(1.0f + exp2_approx(-kLog2E * z));
  return {g * s, s + g * s * (1.0f - s) * z_slope};
}

// bf16: 6 bytes an element
template <class T, Activation A, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) glu_forward(VectorGrid grid, Rows<const T> gate, Rows<const T> up, Rows<T> y) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  float g[kWidth<T>], u[kWidth<T>];
  read_vector<Whole>(g, gate.row(row), i, grid.cols);
  read_vector<Whole>(u, up.row(row), i, grid.cols);
#pragma unroll
  for (int j = 0; j < kWidth<T>; ++j) u[j] *= activate<A>(g[j]).value;
  write_vector<Whole>(y.row(row), i, grid.cols, u);
}

// bf16: 10 bytes an element; dgate may be gate and dup may be up
template <class T, Activation A, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    glu_backward(VectorGrid grid, Rows<const T> gate, Rows<const T> up, Rows<const T> dy, Rows<T> dgate, Rows<T> dup) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  float g[kWidth<T>], u[kWidth<T>], d[kWidth<T>];
  read_vector<Whole>(g, gate.row(row), i, grid.cols);
  read_vector<Whole>(u, up.row(row), i, grid.cols);
  read_vector<Whole>(d, dy.row(row), i, grid.cols);
#pragma unroll
  for (int j = 0; j < kWidth<T>; ++j) {
    const ValueAndSlope act = activate<A>(g[j]);
    g[j] = d[j] * u[j] * act.slope;
    u[j] = d[j] * act.value;
  }
  write_vector<Whole>(dgate.row(row), i, grid.cols, g);
  write_vector<Whole>(dup.row(row), i, grid.cols, u);
}

/// Calls f with the activation as a constant.
template <class F>
void with_activation(int32_t activation, F&& f) {
  if (Activation(activation) == Activation::Silu) return f(std::integral_constant<Activation, Activation::Silu>{});
  f(std::integral_constant<Activation, Activation::GeluTanh>{});
}

}  // namespace

void run(Device& device, const GluForward& op) {
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.y.rows, op.y.cols, kWidth<T>);
    if (grid.empty()) return;
    with_activation(op.activation, [&](auto activation) {
      with_bool(whole_vectors(grid.width, op.gate, op.up, op.y), [&](auto whole) {
        launch(device, op.name, glu_forward<T, activation.value, whole.value>, grid.blocks(), grid.kThreads, 0, grid,
               rows_of<const T>(op.gate), rows_of<const T>(op.up), rows_of<T>(op.y));
      });
    });
  });
}

void run(Device& device, const GluBackward& op) {
  with_type(op.dy.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.dy.rows, op.dy.cols, kWidth<T>);
    if (grid.empty()) return;
    with_activation(op.activation, [&](auto activation) {
      with_bool(whole_vectors(grid.width, op.gate, op.up, op.dy, op.dgate, op.dup), [&](auto whole) {
        launch(device, op.name, glu_backward<T, activation.value, whole.value>, grid.blocks(), grid.kThreads, 0, grid,
               rows_of<const T>(op.gate), rows_of<const T>(op.up), rows_of<const T>(op.dy), rows_of<T>(op.dgate), rows_of<T>(op.dup));
      });
    });
  });
}

}  // namespace fettle::cuda
