#pragma once
#include <vector>

#include "core/buffer.h"
#include "model/batch.h"
#include "ops/backend.h"

namespace fettle {

/// What an optimizer step was.
struct StepResult {
  BatchLoss losses;  // of every sequence since the step began
  double grad_norm;  // before it is clipped
};

/// What an optimizer step measures, kept where the model lives: the losses of its supervised tokens, and the sums behind the gradient's
/// norm. The host waits for it once, when it reads the result.
class StepRecord {
 public:
  explicit StepRecord(Context& context) : context_(context) {}

  /// Takes the memory for the losses of so many tokens at once.
  void reserve(int64_t tokens);
  /// Begins a step.
  void clear();
  /// Appends a batch's losses, F32 [1, C].
  void add(const Batch& batch, const Tensor& losses);
  /// The factor on the gradient that clips it, F32 [1]; NaN when a loss or the gradient is not finite.
  Tensor clip_factor(const Tensor& grad, double max_norm);
  BatchLoss losses() const;
  /// After clip_factor().
  StepResult result() const;

 private:
  /// The block's start, before the losses.
  struct Head {
    double grad_squares, loss_squares;
    float factor;
  };
  Tensor at(size_t offset, DType dtype) const { return vector(block_.as() + offset, dtype, 1); }
  Tensor losses(int64_t first, int64_t count) const;
  BatchLoss read(Head* head) const;

  Context& context_;
  Buffer block_;
  std::vector<int32_t> supervised_;  // of each sequence
  int64_t recorded_ = 0, capacity_ = 0;
};

}  // namespace fettle
