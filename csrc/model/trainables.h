#pragma once
#include <string>
#include <vector>

#include "core/buffer.h"
#include "core/tensor.h"

namespace fettle {

/// Everything that learns: fp32 parameters and gradients, each one contiguous arena with the same layout. Tensors of kLargeTensor values
/// and more come first; each starts at a multiple of 256 values, so that no block of an 8-bit optimizer crosses tensors; the gaps stay 0.
class Trainables {
 public:
  /// Below it bitsandbytes keeps an 8-bit optimizer's moments in fp32 (min_8bit_size).
  static constexpr int64_t kLargeTensor = 4096;

  struct Entry {
    std::string name;
    std::vector<int64_t> shape;
    int64_t rows, cols;
    int64_t offset;  // once allocated
    bool large() const { return rows * cols >= kLargeTensor; }
  };

  /// Adds a tensor to the layout (before allocate) and returns its index.
  int add(const std::string& name, std::vector<int64_t> shape);
  void allocate(Memory& memory);

  const std::vector<Entry>& entries() const { return entries_; }
  Memory& memory() const { return *memory_; }
  int64_t size() const { return large_size_ + small_size_; }
  /// Where the large tensors end.
  int64_t large_size() const { return large_size_; }
  Tensor param(int i) const { return view(param_, i); }
  Tensor grad(int i) const { return view(grad_, i); }
  /// The whole arena of a kind: param or grad, [1, n].
  Tensor all(const std::string& kind) const;
  void zero_grad();
  /// Copies `count` numbers from `offset` of an arena to the host, or back; throws FETTLE_INVALID_ARGUMENT outside of it.
  void read(const std::string& kind, float* out, int64_t offset, int64_t count) const;
  void write(const std::string& kind, const float* values, int64_t offset, int64_t count);
  size_t bytes() const { return size_t(size()) * 8; }

 private:
  Tensor range(const std::string& kind, int64_t offset, int64_t count) const;
  Tensor view(const Buffer& b, int i) const {
    const Entry& e = entries_[i];
    return matrix(b.as<float>() + e.offset, DType::F32, e.rows, e.cols);
  }
  std::vector<Entry> entries_;
  int64_t large_size_ = 0, small_size_ = 0;
  Memory* memory_ = &host_memory();
  Buffer param_, grad_;
};

}  // namespace fettle
