#include "model/loss_head.h"

#include <algorithm>

namespace fettle {

Tensor LossHead::run_loss(const TokenInputs& in, Activations& a, bool backward, float loss_scale, Watch& watch) {
  const DecoderConfig& c = decoder_.config();
  const int64_t rows = in.targets.cols, tokens = in.ids.cols;
  const HeadActivations& tensors = a.head;
  const int64_t chunk = tensors.logits.rows;
  const Tensor x = a.x_final.slice(0, tokens), dx = a.scratch.dx.slice(0, backward ? tokens : 0);
  Parameter& norm = decoder_.final_norm();
  Parameter& head = decoder_.head();
  if (backward) context_.memory->zero(dx.data, size_t(tokens * dx.ld) * element_size(dx.dtype));
  for (int64_t first = 0; first < rows; first += chunk) {
    const int64_t n = std::min(chunk, rows - first);
    const Tensor index = in.target_rows.columns(first, n), logits = tensors.logits.slice(0, n);
    const Tensor gathered = tensors.gathered.slice(0, n), normed = tensors.normed.slice(0, n), rstd = tensors.rstd.slice(0, n);
    run(context_, GatherRows{.x = x, .index = index, .y = gathered});
    run(context_,
        RmsNormForward{.x = gathered, .gamma = norm.value, .y = normed, .rstd = rstd, .eps = c.rms_norm_eps, .add_one = c.norm_add_one});
    watch.see("model.norm", -1, normed);
    run(context_, LinearForward{.x = normed, .w = head.value, .lora_s = {}, .lora_b = {}, .bias = {}, .y = logits});
    watch.see("lm_head", -1, logits);
    const Tensor dlogits = backward ? tensors.dlogits.slice(0, n) : Tensor{};
    run(context_, CrossEntropy{.logits = logits,
                               .targets = in.targets.columns(first, n),
                               .loss = vector(tensors.loss.as<float>() + first, DType::F32, n),
                               .dlogits = dlogits,
                               .grad_scale = loss_scale,
                               .soft_cap = c.logit_soft_cap});
    if (!backward) continue;
    const Tensor d = tensors.dnormed.slice(0, n);
    run(context_, LinearBackwardInput{.dy = dlogits, .w = head.value, .lora_ds = {}, .lora_a = {}, .dx = d});
    if (head.grad) run(context_, LinearBackwardWeight{.dy = dlogits, .x = normed, .dw = head.grad, .dbias = {}});
    run(context_, RmsNormBackward{
                      .x = gathered, .gamma = norm.value, .rstd = rstd, .dy = d, .dx = d, .dgamma = norm.grad, .add_one = c.norm_add_one});
    run(context_, ScatterRows{.x = d, .index = index, .y = dx});
  }
  if (backward) watch.see("model.norm gradient", -1, dx);
  return vector(tensors.loss.data, DType::F32, rows);
}

Tensor LossHead::normed(const Activations& a, int64_t first, int64_t n) { return norm_of(a, a.x_final.slice(first, n)); }

Tensor LossHead::norm_of(const Activations& a, const Tensor& x) {
  const DecoderConfig& c = decoder_.config();
  const Tensor normed = a.head.normed.slice(0, x.rows);
  run(context_,
      RmsNormForward{
          .x = x, .gamma = decoder_.final_norm().value, .y = normed, .rstd = {}, .eps = c.rms_norm_eps, .add_one = c.norm_add_one});
  return normed;
}

void LossHead::logits(const Activations& a, int64_t first, const Tensor& out) { logits_of(normed(a, first, out.rows), out); }

void LossHead::logits_at(const Activations& a, const Tensor& index, const Tensor& out) {
  const Tensor gathered = a.head.gathered.slice(0, out.rows);
  run(context_, GatherRows{.x = a.x_final, .index = index, .y = gathered});
  logits_of(norm_of(a, gathered), out);
}

void LossHead::logits_of(const Tensor& normed, const Tensor& out) {
  const DecoderConfig& c = decoder_.config();
  run(context_, LinearForward{.x = normed, .w = decoder_.head().value, .lora_s = {}, .lora_b = {}, .bias = {}, .y = out});
  if (c.logit_soft_cap > 0) run(context_, SoftCap{.x = out, .cap = c.logit_soft_cap});
}

}  // namespace fettle
