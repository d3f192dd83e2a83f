#pragma once
#include "ops/op.h"

namespace fettle {

/// y (+)= alpha * x w^T + lora_s lora_b^T + bias.
/// x [M, K]; w F32/BF16/NF4 [N, K]; lora_s [M, R], lora_b F32/BF16 [N, R] (both optional, same accumulators as the main product);
/// bias F32 [N], optional; y [M, N], F32 or BF16.
struct LinearForward {
  static constexpr const char* name = "linear_forward";
  Tensor x, w, lora_s, lora_b, bias, y;
  float alpha = 1.0f;
  int32_t accumulate = 0;
  OpCost cost() const {
    return multiplies(2.0 * x.rows * w.rows * (x.cols + lora_s.cols), {x.rows, w.rows, x.cols}, x, w, lora_s, lora_b, bias, y);
  }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("w", s.w), f("lora_s", s.lora_s), f("lora_b", s.lora_b), f("bias", s.bias), f("y", s.y), f("alpha", s.alpha),
        f("accumulate", s.accumulate);
  }
};

/// dx (+)= alpha * dy w + lora_ds lora_a.  dy [M, N]; w [N, K]; lora_ds [M, R], lora_a [R, K] optional; dx [M, K].
struct LinearBackwardInput {
  static constexpr const char* name = "linear_backward_input";
  Tensor dy, w, lora_ds, lora_a, dx;
  float alpha = 1.0f;
  int32_t accumulate = 0;
  OpCost cost() const {
    return multiplies(2.0 * dy.rows * w.cols * (dy.cols + lora_ds.cols), {dy.rows, w.cols, dy.cols}, dy, w, lora_ds, lora_a, dx);
  }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("dy", s.dy), f("w", s.w), f("lora_ds", s.lora_ds), f("lora_a", s.lora_a), f("dx", s.dx), f("alpha", s.alpha),
        f("accumulate", s.accumulate);
  }
};

/// dw += dy^T x, summed over rows in a fixed order; dbias[n] += sum of dy[:, n].  dy [M, N]; x [M, K]; dw F32 [N, K]; dbias F32 [N]
/// optional.
struct LinearBackwardWeight {
  static constexpr const char* name = "linear_backward_weight";
  Tensor dy, x, dw, dbias;
  OpCost cost() const { return multiplies(2.0 * dw.rows * dw.cols * dy.rows, {dw.rows, dw.cols, dy.rows}, dy, x, dw, dw, dbias); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("dy", s.dy), f("x", s.x), f("dw", s.dw), f("dbias", s.dbias);
  }
};

}  // namespace fettle
