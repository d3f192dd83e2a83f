#pragma once
#include <string>
#include <vector>

#include "core/buffer.h"
#include "core/tensor.h"

namespace fettle {

/// Everything that learns: fp32 parameters, gradients and AdamW's two moments, each one contiguous arena with the same layout.
class Trainables {
 public:
  struct Entry {
    std::string name;
    std::vector<int64_t> shape;
    int64_t rows, cols, offset;
  };

  /// Adds a tensor to the layout (before allocate) and returns its index.
  int add(const std::string& name, std::vector<int64_t> shape);
  void allocate(Memory& memory);

  const std::vector<Entry>& entries() const { return entries_; }
  int64_t size() const { return size_; }
  Tensor param(int i) const { return view(param_, i); }
  Tensor grad(int i) const { return view(grad_, i); }
  /// The whole arena of a kind: param, grad, exp_avg or exp_avg_sq, [1, n].
  Tensor all(const std::string& kind) const;
  void zero_grad();
  /// Copies `count` numbers from `offset` of an arena to the host, or back; throws FETTLE_INVALID_ARGUMENT outside of it.
  void read(const std::string& kind, float* out, int64_t offset, int64_t count) const;
  void write(const std::string& kind, const float* values, int64_t offset, int64_t count);
  size_t bytes() const { return size_t(size_) * 16; }

 private:
  Tensor range(const std::string& kind, int64_t offset, int64_t count) const;
  Tensor view(const Buffer& b, int i) const {
    const Entry& e = entries_[i];
    return matrix(b.as<float>() + e.offset, DType::F32, e.rows, e.cols);
  }
  std::vector<Entry> entries_;
  int64_t size_ = 0;
  Memory* memory_ = &host_memory();
  Buffer param_, grad_, exp_avg_, exp_avg_sq_;
};

}  // namespace fettle
