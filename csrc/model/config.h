#pragma once
#include <cstdint>
#include <vector>

#include "ops/glu.h"

namespace fettle {

/// A rotary table by its frequencies: angle(pos, i) = pos * inv_freq[i]; cos and sin are multiplied by attention_scaling.
struct RopeTable {
  std::vector<float> inv_freq;
  float attention_scaling = 1.0f;
};

/// A decoder by numbers; the mirror of DecoderConfig in src/native/types.ts, where each field is explained.
struct DecoderConfig {
  int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0;
  int32_t num_layers = 0, num_heads = 0, num_kv_heads = 0, head_dim = 0;
  int64_t max_positions = 0;
  float rms_norm_eps = 1e-5f;
  bool norm_add_one = false;
  Activation activation = Activation::Silu;
  float attention_scale = 1.0f, attention_soft_cap = 0.0f, logit_soft_cap = 0.0f;
  std::vector<int32_t> sliding_window;  // [L], 0 = all
  std::vector<RopeTable> rope_tables;
  std::vector<int32_t> rope_of_layer;  // [L]
  float embedding_scale = 1.0f;
  bool tie_word_embeddings = true, qkv_bias = false, o_bias = false, mlp_bias = false, qk_norm = false, post_norms = false;
  bool fused_qkv = false, fused_gate_up = false;

  int64_t q_width() const { return int64_t(num_heads) * head_dim; }
  int64_t kv_width() const { return int64_t(num_kv_heads) * head_dim; }
  int64_t qkv_width() const { return q_width() + 2 * kv_width(); }
};

/// Throws FETTLE_INVALID_ARGUMENT when numbers contradict each other.
void check(const DecoderConfig& c);

}  // namespace fettle
