#pragma once
#include "model/decoder.h"

namespace fettle {

/// Final norm, LM head and cross entropy over the supervised rows only, a chunk of rows at a time: logits are never whole. The head's
/// input gradient is finished here, so nothing of the head is kept.
class LossHead {
 public:
  LossHead(Decoder& decoder, Context& context) : decoder_(decoder), context_(context) {}

  /// The losses of the supervised tokens, F32 [1, C] of a.head.loss. When `backward`, a.scratch.dx becomes loss_scale * the gradient of
  /// x_final, and the gradients of the head and the final norm are added if they are trained.
  Tensor run_loss(const TokenInputs& in, Activations& a, bool backward, float loss_scale, Watch& watch);
  /// The states that the head reads: x_final's rows [first, first + n) after the final norm, [n, H]; valid until the next call.
  Tensor normed(const Activations& a, int64_t first, int64_t n);
  /// fp32 logits of x_final's rows [first, first + out.rows), soft cap included.
  void logits(const Activations& a, int64_t first, const Tensor& out);
  /// The same of the rows that `index` [C] names, at most a chunk of them.
  void logits_at(const Activations& a, const Tensor& index, const Tensor& out);

 private:
  Tensor norm_of(const Activations& a, const Tensor& x);
  void logits_of(const Tensor& normed, const Tensor& out);
  Decoder& decoder_;
  Context& context_;
};

}  // namespace fettle
