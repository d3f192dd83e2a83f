#pragma once
#include "core/buffer.h"
#include "core/tensor.h"

namespace fettle {

/// A bump allocator in one block of a memory, whose size is found by running the same plan dry: plan(arena) once without memory, once with
/// it.
class Arena {
 public:
  template <class Plan>
  void build(Memory& memory, Plan&& plan) {
    memory_ = Buffer();
    used_ = 0;
    plan(*this);
    memory_ = Buffer(used_, memory);
    used_ = 0;
    plan(*this);
  }
  Tensor take(DType dtype, int64_t rows, int64_t cols) {
    const size_t bytes = (size_t(rows * cols) * element_size(dtype) + 255) / 256 * 256;
    uint8_t* p = memory_ ? memory_.as() + used_ : nullptr;
    used_ += bytes;
    return matrix(p, dtype, rows, cols);
  }
  size_t bytes() const { return used_; }

 private:
  Buffer memory_;
  size_t used_ = 0;
};

}  // namespace fettle
