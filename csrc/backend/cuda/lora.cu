#include "backend/cuda/device.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "ops/lora.h"

namespace fettle::cuda {
namespace {

constexpr int kWarps = 4;

// A warp takes one (row, r): bytes x once a block, from L2 after that, and the row's A once. Grid: (R / kWarps, T)
template <class T, bool Whole>
__global__ void __launch_bounds__(kWarps * 32)
    lora_shrink(Rows<const T> x, Rows<const T> a, const int32_t* index, const float* scales, Rows<T> s, int64_t k, int rank) {
  constexpr int W = kWidth<T>;
  const int r = int(blockIdx.x) * kWarps + int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32, adapter = index[blockIdx.y];
  if (r >= rank) return;
  float sum = 0;
  if (adapter >= 0) {
    const T *row = x.row(blockIdx.y), *column = a.row(int64_t(adapter) * rank + r);
    for (int64_t i = lane * W; i < k; i += 32 * W) {
      float u[W], v[W];
      read_vector<Whole>(u, row, i, k);
      read_vector<Whole>(v, column, i, k);
#pragma unroll
      for (int j = 0; j < W; ++j) sum += u[j] * v[j];
    }
    sum = warp_sum(sum) * scales[adapter];
  }
  if (lane == 0) s.row(blockIdx.y)[r] = from_float<T>(sum);
}

// A thread takes a vector of a row's columns. bytes: the row's B once, y twice
template <class T, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    lora_expand(VectorGrid grid, Rows<const T> s, Rows<const T> b, const int32_t* index, Rows<T> y, int rank) {
  constexpr int W = kWidth<T>;
  int64_t row, i;
  if (!grid.place(row, i)) return;
  const int adapter = index[row];
  if (adapter < 0) return;
  float sum[W], v[W];
  read_vector<Whole>(sum, y.row(row), i, grid.cols);
  for (int r = 0; r < rank; ++r) {
    const float factor = to_float(s.row(row)[r]);
    read_vector<Whole>(v, b.row(int64_t(adapter) * rank + r), i, grid.cols);
#pragma unroll
    for (int j = 0; j < W; ++j) sum[j] += factor * v[j];
  }
  write_vector<Whole>(y.row(row), i, grid.cols, sum);
}

}  // namespace

void run(Device& device, const LoraShrink& op) {
  if (op.s.size() == 0) return;
  const int rank = int(op.s.cols);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_bool(whole_vectors(kWidth<T>, op.x, op.a), [&](auto whole) {
      launch(device, op.name, lora_shrink<T, whole.value>, dim3(unsigned((rank + kWarps - 1) / kWarps), unsigned(op.x.rows)),
             dim3(kWarps * 32), 0, rows_of<const T>(op.x), rows_of<const T>(op.a), op.index.as<const int32_t>(),
             op.scales.as<const float>(), rows_of<T>(op.s), op.x.cols, rank);
    });
  });
}

void run(Device& device, const LoraExpand& op) {
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.y.rows, op.y.cols, kWidth<T>);
    if (grid.empty()) return;
    with_bool(whole_vectors(grid.width, op.b, op.y), [&](auto whole) {
      launch(device, op.name, lora_expand<T, whole.value>, grid.blocks(), grid.kThreads, 0, grid, rows_of<const T>(op.s),
             rows_of<const T>(op.b), op.index.as<const int32_t>(), rows_of<T>(op.y), int(op.s.cols));
    });
  });
}

}  // namespace fettle::cuda
