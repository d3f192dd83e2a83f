#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

// bf16: 6 bytes an element
template <class T, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) add(VectorGrid grid, Rows<const T> a, Rows<const T> b, Rows<T> y) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  float u[kWidth<T>], v[kWidth<T>];
  read_vector<Whole>(u, a.row(row), i, grid.cols);
  read_vector<Whole>(v, b.row(row), i, grid.cols);
#pragma unroll
  for (int j = 0; j < kWidth<T>; ++j) v[j] += u[j];
  write_vector<Whole>(y.row(row), i, grid.cols, v);
}

template <class In, class Out, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) cast(VectorGrid grid, Rows<const In> x, Rows<Out> y) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  if constexpr (std::is_same_v<In, Out>) return copy_vector<Whole>(y.row(row), x.row(row), i, grid.cols);
  float v[kWidth<In, Out>];
  read_vector<Whole>(v, x.row(row), i, grid.cols);
  write_vector<Whole>(y.row(row), i, grid.cols, v);
}

}  // namespace

void run(Device& device, const Add& op) {
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.y.rows, op.y.cols, kWidth<T>);
    if (grid.empty()) return;
    with_bool(whole_vectors(grid.width, op.a, op.b, op.y), [&](auto whole) {
      launch(device, op.name, add<T, whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<const T>(op.a), rows_of<const T>(op.b),
             rows_of<T>(op.y));
    });
  });
}

void run(Device& device, const Cast& op) {
  with_type(op.x.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      const VectorGrid grid(op.y.rows, op.y.cols, kWidth<In, Out>);
      if (grid.empty()) return;
      with_bool(whole_vectors(grid.width, op.x, op.y), [&](auto whole) {
        launch(device, op.name, cast<In, Out, whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<const In>(op.x),
               rows_of<Out>(op.y));
      });
    });
  });
}

}  // namespace fettle::cuda
