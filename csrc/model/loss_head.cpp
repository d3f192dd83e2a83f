#include "model/loss_head.h"

#include <algorithm>
#include <vector>

namespace fettle {

/// As many rows as keep a chunk's logits and their gradients near 96 MiB, in whole register tiles.
int64_t LossHead::chunk_rows() const {
  const int64_t rows = (int64_t(96) << 20) / (decoder_.config().vocab_size * 6);
  return std::clamp<int64_t>(rows / 56 * 56, 56, 4032);
}

BatchLoss LossHead::run_loss(const Batch& batch, const TokenInputs& in, Activations& a, bool backward, float loss_scale, Watch& watch) {
  const DecoderConfig& c = decoder_.config();
  const int64_t rows = int64_t(batch.targets.size()), tokens = batch.tokens();
  const int64_t chunk = std::min(chunk_rows(), std::max<int64_t>(rows, 1));
  if (rows > planned_rows_ || (backward && !planned_backward_)) {
    planned_rows_ = rows;
    planned_backward_ = backward;
    const DType dtype = decoder_.dtype();
    arena_.build(*context_.memory, [&](Arena& m) {
      gathered_ = m.take(dtype, rows, c.hidden_size);
      normed_ = m.take(dtype, rows, c.hidden_size);
      rstd_ = m.take(DType::F32, rows, 1);
      loss_ = m.take(DType::F32, 1, rows);
      logits_ = m.take(DType::F32, chunk, c.vocab_size);
      dnormed_ = backward ? m.take(dtype, rows, c.hidden_size) : Tensor{};
      dlogits_ = backward && dtype == DType::BF16 ? m.take(dtype, chunk, c.vocab_size) : Tensor{};
    });
  }
  const Tensor x = a.x_final.slice(0, tokens);
  const Tensor gathered = gathered_.slice(0, rows), normed = normed_.slice(0, rows), rstd = rstd_.slice(0, rows);
  Parameter& norm = decoder_.final_norm();
  Parameter& head = decoder_.head();
  BatchLoss result;
  if (rows > 0) {
    run(context_, GatherRows{.x = x, .index = in.target_rows, .y = gathered});
    run(context_,
        RmsNormForward{.x = gathered, .gamma = norm.value, .y = normed, .rstd = rstd, .eps = c.rms_norm_eps, .add_one = c.norm_add_one});
    watch.see("model.norm", -1, normed);
  }
  for (int64_t first = 0; first < rows; first += chunk) {
    const int64_t n = std::min(chunk, rows - first);
    const Tensor logits = logits_.slice(0, n), h = normed.slice(first, n);
    run(context_, LinearForward{.x = h, .w = head.value, .lora_s = {}, .lora_b = {}, .bias = {}, .y = logits});
    watch.see("lm_head", -1, logits);
    const Tensor dlogits = !backward ? Tensor{} : dlogits_ ? dlogits_.slice(0, n) : logits;
    run(context_, CrossEntropy{.logits = logits,
                               .targets = in.targets.columns(first, n),
                               .loss = vector(loss_.as<float>() + first, DType::F32, n),
                               .dlogits = dlogits,
                               .grad_scale = loss_scale,
                               .soft_cap = c.logit_soft_cap});
    if (!backward) continue;
    run(context_, LinearBackwardInput{.dy = dlogits, .w = head.value, .lora_ds = {}, .lora_a = {}, .dx = dnormed_.slice(first, n)});
    if (head.grad) run(context_, LinearBackwardWeight{.dy = dlogits, .x = h, .dw = head.grad, .dbias = {}});
  }
  if (backward) {
    const Tensor dx = a.scratch.dx.slice(0, tokens);
    context_.memory->zero(dx.data, size_t(tokens * dx.ld) * element_size(dx.dtype));
    if (rows > 0) {
      const Tensor d = dnormed_.slice(0, rows);
      run(context_,
          RmsNormBackward{
              .x = gathered, .gamma = norm.value, .rstd = rstd, .dy = d, .dx = d, .dgamma = norm.grad, .add_one = c.norm_add_one});
      run(context_, ScatterRows{.x = d, .index = in.target_rows, .y = dx});
    }
    watch.see("model.norm gradient", -1, dx);
  }
  result.loss_sum.assign(batch.sequences(), 0.0);
  result.supervised.assign(batch.sequences(), 0);
  std::vector<float> loss(size_t(rows), 0.0f);
  if (rows > 0) context_.memory->download(loss.data(), loss_.data, size_t(rows) * 4);
  size_t i = 0;
  for (int64_t s = 0; s < batch.sequences(); ++s)
    for (; i < batch.target_rows.size() && batch.target_rows[i] < batch.cu[s + 1]; ++i) {
      result.loss_sum[s] += double(loss[i]);
      ++result.supervised[s];
    }
  return result;
}

void LossHead::logits(const Activations& a, int64_t first, const Tensor& out) {
  const DecoderConfig& c = decoder_.config();
  const int64_t n = out.rows;
  const Buffer memory(size_t(n * c.hidden_size) * element_size(decoder_.dtype()), *context_.memory);
  const Tensor normed = matrix(memory.as(), decoder_.dtype(), n, c.hidden_size);
  run(context_, RmsNormForward{.x = a.x_final.slice(first, n),
                               .gamma = decoder_.final_norm().value,
                               .y = normed,
                               .rstd = {},
                               .eps = c.rms_norm_eps,
                               .add_one = c.norm_add_one});
  run(context_, LinearForward{.x = normed, .w = decoder_.head().value, .lora_s = {}, .lora_b = {}, .bias = {}, .y = out});
  if (c.logit_soft_cap > 0) run(context_, SoftCap{.x = out, .cap = c.logit_soft_cap});
}

}  // namespace fettle
