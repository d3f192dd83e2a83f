#pragma once
#include <memory>
#include <string>

#include "model/parameters.h"
#include "model/trainables.h"

namespace fettle {

/// A LoRA pair on one linear: y += scale * (drop(x) A^T) B^T.  A [R, in], B [out, R].
struct LoraSite {
  int a_index = -1, b_index = -1;  // into the trainables
  Tensor a, b;                     // what the products read: the fp32 masters, or their bf16 copies
  Tensor da, db;                   // fp32 gradients
  Buffer copies;
  float scale = 1.0f;
  float dropout = 0.0f;
  int64_t rank = 0;
};

/// The pairs of a model's adapters (adapters.h) on one linear: A_i, and the transpose of B_i, in rows i*R .. i*R + R.
struct LoraStack {
  Tensor a, b;  // [adapters*R, in], [adapters*R, out]; absent where no adapter has the linear
  Buffer memory;
};

/// Which adapter each row has: I32 [T], and F32 [adapters]; absent when no row has one.
struct RowAdapters {
  Tensor index, scales;
};

/// What dropout is keyed by, per call: seed and step of the run, U32 [2], and each token's place.
struct DropoutKey {
  bool active = false;
  Tensor seed_step, row_ids, positions;
};

/// A linear of a layer with its bias and, perhaps, a LoRA pair. It writes columns [out_offset, out_offset + out) of its output buffer.
struct LinearLayer {
  std::string module;  // model.layers.0.self_attn.q_proj
  uint32_t site = 0;   // its number in the model, part of dropout's key
  Parameter* weight = nullptr;
  Parameter* bias = nullptr;
  int64_t out_offset = 0;
  std::unique_ptr<LoraSite> lora;
  LoraStack stack;

  int64_t in() const { return weight->cols(); }
  int64_t out() const { return weight->rows(); }
};

/// Scratch of the products below: `dropped` [T, max in] for dropout, `ds` [T, R].
struct LinearScratch {
  Tensor dropped, ds;
};

/// s [T, R] = scale * drop(x) A^T, which the backward pass needs; nothing without LoRA.
void lora_forward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& s, const DropoutKey& key, const LinearScratch& scratch);
/// y = x W^T + bias + lora; fills s as lora_forward() does.
void linear_forward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& y, const Tensor& s, const DropoutKey& key,
                    const LinearScratch& scratch);
/// Adds what each row's own adapter adds to y; s [T, R] is scratch.
void add_row_adapters(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& y, const Tensor& s, const RowAdapters& rows);
/// Adds the gradients of what is trained; dx (+)= dy W + lora, when dx is given; dx may be x.
void linear_backward(Context& c, const LinearLayer& l, const Tensor& x, const Tensor& dy, const Tensor& s, const Tensor& dx,
                     bool accumulate, const DropoutKey& key, const LinearScratch& scratch);

}  // namespace fettle
