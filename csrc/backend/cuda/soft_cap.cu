#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "ops/soft_cap.h"

namespace fettle::cuda {
namespace {

// x = cap * tanh(x / cap); 8 bytes an element
template <bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads) soft_cap(VectorGrid grid, Rows<float> x, float cap) {
  int64_t row, i;
  if (!grid.place(row, i)) return;
  float v[4];
  read_vector<Whole>(v, x.row(row), i, grid.cols);
#pragma unroll
  for (float& value : v) value = cap * tanhf(value / cap);
  write_vector<Whole>(x.row(row), i, grid.cols, v);
}

}  // namespace

void run(Device& device, const SoftCap& op) {
  const VectorGrid grid(op.x.rows, op.x.cols, 4);
  if (grid.empty()) return;
  with_bool(whole_vectors(grid.width, op.x), [&](auto whole) {
    launch(device, op.name, soft_cap<whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<float>(op.x), op.cap);
  });
}

}  // namespace fettle::cuda
