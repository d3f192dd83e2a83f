#pragma once
#include "model/decoder.h"

namespace fettle {

/// Final norm, LM head and cross entropy over the supervised rows only, a chunk of rows at a time: logits are never whole. The head's
/// input gradient is finished here, so nothing of the head is kept.
class LossHead {
 public:
  LossHead(Decoder& decoder, Context& context) : decoder_(decoder), context_(context) {}

  /// Losses per sequence. When `backward`, a.scratch.dx becomes loss_scale * the gradient of x_final, and the gradients of the head and the
  /// final norm are added if they are trained.
  BatchLoss run_loss(const Batch& batch, const TokenInputs& in, Activations& a, bool backward, float loss_scale, Watch& watch);
  /// fp32 logits of x_final's rows [first, first + out.rows), soft cap included.
  void logits(const Activations& a, int64_t first, const Tensor& out);
  /// The same of the rows that `index` [C] names, at most a chunk of them.
  void logits_at(const Activations& a, const Tensor& index, const Tensor& out);

 private:
  void logits_of(const Tensor& x, const Tensor& normed, const Tensor& out);
  Decoder& decoder_;
  Context& context_;
};

}  // namespace fettle
