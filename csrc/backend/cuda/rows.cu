#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

// y[i] = x[index[i]]; bf16: 4 bytes an element
template <class T, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) gather(VectorGrid grid, Rows<const T> x, const int32_t* index, Rows<T> y) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  copy_vector<Whole>(y.row(row), x.row(index[row]), i, grid.cols);
}

// y[index[i]] = x[i]
template <class T, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) scatter(VectorGrid grid, Rows<const T> x, const int32_t* index, Rows<T> y) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  copy_vector<Whole>(y.row(index[row]), x.row(row), i, grid.cols);
}

}  // namespace

void run(Device& device, const GatherRows& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.y.rows, op.y.cols, kWidth<T>);
    if (grid.empty()) return;
    with_bool(whole_vectors(grid.width, op.x, op.y), [&](auto whole) {
      launch(device, op.name, gather<T, whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<const T>(op.x),
             op.index.as<const int32_t>(), rows_of<T>(op.y));
    });
  });
}

void run(Device& device, const ScatterRows& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.x.rows, op.x.cols, kWidth<T>);
    if (grid.empty()) return;
    with_bool(whole_vectors(grid.width, op.x, op.y), [&](auto whole) {
      launch(device, op.name, scatter<T, whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<const T>(op.x),
             op.index.as<const int32_t>(), rows_of<T>(op.y));
    });
  });
}

}  // namespace fettle::cuda
