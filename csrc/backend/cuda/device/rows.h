#pragma once
#include "backend/cuda/device/divide.h"
#include "core/error.h"
#include "core/tensor.h"

namespace fettle::cuda {

/// A matrix as kernels take it: rows that lie `ld` elements apart.
template <class T>
struct Rows {
  T* data;
  int64_t ld;
  __device__ T* row(int64_t r) const { return data + r * ld; }
};
template <class T>
Rows<T> rows_of(const Tensor& t) {
  return {t.as<T>(), t.ld};
}

/// A thread for every vector of `width` columns of [rows, cols], row by row.
class VectorGrid {
 public:
  static constexpr int kThreads = 256;

  VectorGrid(int64_t rows, int64_t columns, int vector) : cols(columns), width(vector) {
    const int64_t vectors = (columns + vector - 1) / vector;
    if (rows * vectors >= int64_t(1) << 31)
      throw Error("FETTLE_INVALID_ARGUMENT",
                  "a matrix of " + std::to_string(rows) + " x " + std::to_string(columns) + " is more than one kernel can take",
                  "use a smaller micro_batch_tokens");
    total_ = uint32_t(rows * vectors);
    if (total_ > 0) per_row_ = Divider(uint32_t(vectors));
  }
  bool empty() const { return total_ == 0; }
  dim3 blocks() const { return dim3((total_ + kThreads - 1) / kThreads); }

  /// This thread's row and first column; false when there is none for it.
  __device__ bool place(int64_t& row, int64_t& col) const {
    const uint32_t i = blockIdx.x * kThreads + threadIdx.x, r = per_row_.quotient(i);
    row = r;
    col = int64_t(per_row_.remainder(i, r)) * width;
    return i < total_;
  }

  int64_t cols;
  int width;

 private:
  uint32_t total_;
  Divider per_row_;
};

}  // namespace fettle::cuda
