#include "model/linear_layer.h"

#include "ops/backend.h"

namespace fettle {
namespace {

Tensor bias_of(const LinearLayer& l) { return l.bias ? l.bias->value : Tensor{}; }

/// drop(x) in the scratch, or x itself.
Tensor lora_input(Context& c, const LinearLayer& l, const Tensor& x, const DropoutKey& key, const LinearScratch& scratch) {
  if (!key.active || l.lora->dropout == 0.0f) return x;
  const Tensor y = scratch.dropped.slice(0, x.rows).columns(0, x.cols);
  run(c, Dropout{.x = x,
                 .y = y,
                 .key = key.seed_step,
                 .row_ids = key.row_ids,
                 .positions = key.positions,
                 .p = l.lora->dropout,
                 .site = l.site,
                 .accumulate = 0});
  return y;
}

}  // namespace

void lora_forward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& s, const DropoutKey& key, const LinearScratch& scratch) {
  if (!l.lora) return;
  run(c,
      LinearForward{
          .x = lora_input(c, l, x, key, scratch), .w = l.lora->a, .lora_s = {}, .lora_b = {}, .bias = {}, .y = s, .alpha = l.lora->scale});
}

void linear_forward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& y_all, const Tensor& s, const DropoutKey& key,
                    const LinearScratch& scratch) {
  const Tensor y = y_all.columns(l.out_offset, l.out());
  LinearForward op{.x = x, .w = l.weight->value, .lora_s = {}, .lora_b = {}, .bias = bias_of(l), .y = y};
  if (l.lora) {
    lora_forward(c, l, x, s, key, scratch);
    op.lora_s = s;
    op.lora_b = l.lora->b;
  }
  run(c, op);
}

void add_row_adapters(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& y_all, const Tensor& s, const RowAdapters& rows) {
  if (!rows.index || !l.stack.a) return;
  run(c, LoraShrink{.x = x, .a = l.stack.a, .index = rows.index, .scales = rows.scales, .s = s});
  run(c, LoraExpand{.s = s, .b = l.stack.b, .index = rows.index, .y = y_all.columns(l.out_offset, l.out())});
}

void linear_backward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& dy_all, const Tensor& s, const Tensor& dx,
                     bool accumulate, const DropoutKey& key, const LinearScratch& scratch) {
  const Tensor dy = dy_all.columns(l.out_offset, l.out());
  if (l.weight->grad) run(c, LinearBackwardWeight{.dy = dy, .x = x, .dw = l.weight->grad, .dbias = l.bias ? l.bias->grad : Tensor{}});
  LinearBackwardInput op{
      .dy = dy, .w = l.weight->value, .lora_ds = {}, .lora_a = {}, .dx = dx, .alpha = 1.0f, .accumulate = accumulate ? 1 : 0};
  if (!l.lora) {
    if (dx) run(c, op);
    return;
  }
  const LoraSite& lora = *l.lora;
  const Tensor ds = scratch.ds.slice(0, x.rows).columns(0, lora.rank);
  run(c, LinearBackwardInput{.dy = dy, .w = lora.b, .lora_ds = {}, .lora_a = {}, .dx = ds, .alpha = lora.scale});
  run(c, LinearBackwardWeight{.dy = dy, .x = s, .dw = lora.db, .dbias = {}});
  run(c, LinearBackwardWeight{.dy = ds, .x = lora_input(c, l, x, key, scratch), .dw = lora.da, .dbias = {}});
  if (!dx) return;
  const bool dropped = key.active && lora.dropout > 0.0f;
  if (!dropped) {
    op.lora_ds = ds;
    op.lora_a = lora.a;
    run(c, op);
    return;
  }
  run(c, op);
  const Tensor masked = scratch.dropped.slice(0, x.rows).columns(0, x.cols);
  run(c, LinearBackwardInput{.dy = ds, .w = lora.a, .lora_ds = {}, .lora_a = {}, .dx = masked});
  run(c, Dropout{.x = masked,
                 .y = dx,
                 .key = key.seed_step,
                 .row_ids = key.row_ids,
                 .positions = key.positions,
                 .p = lora.dropout,
                 .site = l.site,
                 .accumulate = 1});
}

}  // namespace fettle
