#pragma once
#include <memory>
#include <string>
#include <vector>

#include "model/activations.h"
#include "model/kv_pool.h"
#include "model/linear_layer.h"
#include "model/rope_cache.h"
#include "model/token_inputs.h"
#include "model/watch.h"
#include "ops/backend.h"

namespace fettle {

/// One layer's weights.
struct DecoderLayer {
  std::vector<LinearLayer> qkv, gate_up;  // one fused linear, or three and two
  LinearLayer o, down;
  Parameter *norm1 = nullptr, *norm2 = nullptr;            // before attention, before the MLP
  Parameter *post_norm1 = nullptr, *post_norm2 = nullptr;  // after them (Gemma 2, 3)
  Parameter *q_norm = nullptr, *k_norm = nullptr;
  std::vector<LinearLayer*> linears();
};

/// The transformer stack: embedding to the last layer's output, and back. Everything in it is an op of csrc/ops.
class Decoder {
 public:
  Decoder(const DecoderConfig& config, Parameters& parameters, Context& context, DType dtype);

  std::vector<DecoderLayer>& layers() { return layers_; }
  const DecoderConfig& config() const { return config_; }
  DType dtype() const { return dtype_; }
  Parameter& embedding() { return embedding_; }
  Parameter& final_norm() { return final_norm_; }
  Parameter& head() { return head_; }
  Memory& memory() const { return *context_.memory; }

  /// Takes the memory of the rotary tables for so many positions at once. True when the tables moved.
  bool reserve_positions(int64_t positions) { return rope_.ensure(positions); }
  /// Fills a.layers and a.x_final. With a pool, keys and values go there first, at in.slots, and are read by in.block_table.
  void forward(const TokenInputs& in, Activations& a, const KvPool* pool, Watch& watch, size_t depth = SIZE_MAX);
  /// From a.scratch.dx = gradient of x_final, adds the gradients of everything trained.
  void backward(const TokenInputs& in, Activations& a, Watch& watch);

 private:
  void attention_half(int32_t l, const TokenInputs& in, LayerActivations& a, Activations& all, const KvPool* pool, Watch& watch);
  void mlp_up(int32_t l, const TokenInputs& in, LayerActivations& a, Activations& all, Watch& watch);
  void mlp_down(int32_t l, const TokenInputs& in, LayerActivations& a, Activations& all, const Tensor& x_out, Watch& watch);
  void linear(const LinearLayer& l, const Tensor& x, const Tensor& y, const Tensor& s, const TokenInputs& in, const Activations& all);
  void gated_unit(LayerActivations& a);
  void recompute(int32_t l, const TokenInputs& in, Activations& a);
  void norm(Parameter* gamma, const Tensor& x, const Tensor& y, const Tensor& rstd, int32_t groups = 1);
  void norm_backward(Parameter* gamma, const Tensor& x, const Tensor& rstd, const Tensor& dy, const Tensor& dx, bool accumulate,
                     int32_t groups = 1);

  /// Turns the queries and keys of layer i, which lie side by side, by their positions; back where `inverse`.
  void turn(int32_t i, const TokenInputs& in, const Tensor& qkv, int32_t inverse);

  DecoderConfig config_;
  Context& context_;
  DType dtype_;
  std::vector<DecoderLayer> layers_;
  Parameter &embedding_, &final_norm_, &head_;
  RopeCache rope_;
};

}  // namespace fettle
