#pragma once
#include <vector>

#include "model/linear_layer.h"
#include "model/trainables.h"
#include "ops/op.h"

namespace fettle {

/// LoRA adapters that wait on a model for sequences that ask for them, so that rows of one pass may have different ones. Each has a slot
/// in the stack of every linear (LoraStack); the stacks have room for a few more than there are, and for the largest rank.
class Adapters {
 public:
  explicit Adapters(Context& context) : context_(context) {}

  /// Copies the pairs on `linears`, whose fp32 values `trainables` holds; gives the adapter's number.
  int32_t add(const std::vector<LinearLayer*>& linears, const Trainables& trainables, DType compute);
  /// Its slot is free for another. Throws FETTLE_INVALID_ARGUMENT when there is no such adapter.
  void remove(int32_t adapter);
  bool has(int32_t adapter) const { return adapter >= 0 && size_t(adapter) < slots_.size() && slots_[size_t(adapter)].used; }

  /// Rows of s for a pass with adapters; 0 when there never was one.
  int64_t rank() const { return rank_; }
  /// F32 [slots].
  Tensor scales() const { return scales_; }
  size_t bytes() const;

 private:
  struct Slot {
    bool used = false;
    float scale = 0;
  };
  void grow(const std::vector<LinearLayer*>& linears, DType compute, int64_t slots, int64_t rank);
  LoraStack make_stack(const LinearLayer& linear, DType compute) const;
  void fill(const LinearLayer& linear, const Trainables& trainables, int64_t slot) const;

  Context& context_;
  std::vector<Slot> slots_;
  std::vector<const LoraStack*> stacks_;
  int64_t rank_ = 0;
  Buffer scales_memory_;
  Tensor scales_;
};

}  // namespace fettle
