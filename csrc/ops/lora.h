#pragma once
#include "ops/op.h"

namespace fettle {

/// LoRA where each row has an adapter of its own (Chen et al. 2023, "Punica": BGMV), its inner half: s[t] = scales[i] * x[t] A_i^T with
/// i = index[t]; zeros where i is -1.
/// x [T, K]; a [adapters*R, K], A_i in rows i*R .. i*R + R; index I32 [T]; scales F32 [adapters]; s [T, R].
struct LoraShrink {
  static constexpr const char* name = "lora_shrink";
  Tensor x, a, index, scales, s;
  OpCost cost() const { return multiplies(2.0 * double(x.size()) * s.cols, {x.rows, s.cols, x.cols}, x, a, s); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("a", s.a), f("index", s.index), f("scales", s.scales), f("s", s.s);
  }
};

/// The outer half: y[t] += s[t] B_i^T; nothing where i is -1.
/// s [T, R]; b [adapters*R, N], the transpose of B_i in rows i*R .. i*R + R; index I32 [T]; y [T, N].
struct LoraExpand {
  static constexpr const char* name = "lora_expand";
  Tensor s, b, index, y;
  OpCost cost() const { return multiplies(2.0 * double(y.size()) * s.cols, {y.rows, y.cols, s.cols}, s, b, y, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("s", s.s), f("b", s.b), f("index", s.index), f("y", s.y);
  }
};

}  // namespace fettle
