#pragma once
#include <algorithm>
#include <utility>

#include "core/buffer.h"
#include "core/tensor.h"

namespace fettle {

/// A bump allocator in one block of a memory. A layout is a function that takes one tensor after another from an arena; run on an empty
/// one it takes nothing and is only counted. Layouts made in turn lie over each other.
class Arena {
 public:
  /// Bytes that a layout takes.
  template <class Layout>
  static size_t measure(Layout&& layout) {
    Arena dry;
    layout(dry);
    return dry.used_;
  }
  /// Lays out anew, in a larger block where this one is too small. True when the block moved: earlier layouts are void then.
  template <class Layout>
  bool place(Memory& memory, Layout&& layout) {
    const size_t need = measure(layout);
    const bool moves = need > block_.bytes();
    if (moves) {
      block_ = Buffer();
      block_ = Buffer(need, memory);
    }
    used_ = 0;
    layout(*this);
    return moves;
  }
  Tensor take(DType dtype, int64_t rows, int64_t cols) {
    uint8_t* p = block_ ? block_.as() + used_ : nullptr;
    used_ += (size_t(rows * cols) * element_size(dtype) + 255) / 256 * 256;
    return matrix(p, dtype, rows, cols);
  }
  /// Lays out one, then the other from the same start: they are never needed at the same time.
  template <class One, class Other>
  void overlay(One&& one, Other&& other) {
    const size_t start = used_;
    one();
    const size_t end = std::exchange(used_, start);
    other();
    used_ = std::max(used_, end);
  }
  /// Of the block.
  size_t bytes() const { return block_.bytes(); }

 private:
  Buffer block_;
  size_t used_ = 0;
};

}  // namespace fettle
