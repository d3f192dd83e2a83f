#pragma once
#include <string>
#include <vector>

#include "model/arena.h"
#include "model/config.h"

namespace fettle {

/// What a training step keeps of each layer. none: everything but the norms, which are made again faster than they are fetched. selective:
/// what takes a product to rebuild; the gated unit is recomputed too. full: the layer's input only; the layer is run again.
enum class Checkpointing { None, Selective, Full };
Checkpointing parse_checkpointing(const std::string& name);

/// One layer's tensors. T tokens, H hidden, F intermediate, W = (heads + 2 kv_heads) * D.
struct LayerActivations {
  Tensor x;                        // input [T, H]
  Tensor n;                        // a norm's output, first the input norm's, then the MLP's [T, H]
  Tensor rstd1, rstd2;             // theirs [T, 1]
  Tensor qkv_raw, q_rstd, k_rstd;  // before QK-norm [T, W], [T, heads], [T, kv_heads]; QK-norm families only
  Tensor qkv;                      // ready for attention [T, W]
  Tensor lse, att;                 // [T, heads], [T, heads*D]
  Tensor o, rstd_o;                // o_proj's output before its post-norm [T, H]; post-norm families only
  Tensor x2;                       // after attention's residual [T, H]
  Tensor gate_up, h;               // [T, 2F], [T, F]; h lies at the start of room for T rows of any width
  Tensor d, rstd_d;                // down_proj's output before its post-norm [T, H]; post-norm families only
  std::vector<Tensor> s;           // per linear: scale * drop(x) A^T, [T, R]; absent without LoRA
};

/// Gradients and temporaries, shared by all layers.
struct Scratch {
  Tensor dx, dqkv;     // [T, H], [T, W]
  Tensor tmp;          // [T, H]; post-norm families only
  Tensor dropped, ds;  // [T, max(H, F, heads*D)], [T, R]
  Tensor row_s;        // [T, R]; inference with adapters of the rows' own
};

/// The loss head's tensors: its losses for up to T supervised rows, all else for a chunk of rows only. A chunk's tensors lie over the
/// layers' temporaries.
struct HeadActivations {
  Tensor loss;                             // [1, T]
  Tensor gathered, normed, rstd, dnormed;  // [chunk, H], [chunk, H], [chunk, 1], [chunk, H]
  Tensor logits, dlogits;                  // [chunk, V]; on the host over each other
  Tensor ids;                              // [1, T], drawn; inference only

  /// Everything but `loss` and `ids`.
  void lay_out(Arena& arena, const DecoderConfig& config, DType dtype, int64_t rows, bool training, bool host);
};

/// What a pass is laid out for.
struct PassShape {
  int64_t tokens = 0;
  bool training = false;
  Checkpointing mode = Checkpointing::None;
  std::vector<int64_t> ranks;  // LoRA rank of each of a layer's linears (0: none), the same for every layer
  bool dropout = false;
  bool host = true;          // on the host, or on a device
  int64_t adapter_rank = 0;  // of the adapters that rows may have, the largest
};

/// Tokens that a pass is laid out for when it is asked for so many.
int64_t rounded_tokens(int64_t tokens);

/// Everything between the tokens and the loss, for up to `tokens` tokens.
struct Activations {
  int64_t tokens = 0;
  Checkpointing mode = Checkpointing::None;
  std::vector<LayerActivations> layers;  // [L]
  Tensor x_final;                        // [T, H]
  Scratch scratch;
  HeadActivations head;

  void lay_out(Arena& arena, const DecoderConfig& config, DType dtype, const PassShape& shape);
};

}  // namespace fettle
