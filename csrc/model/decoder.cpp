#include "model/decoder.h"

namespace fettle {

std::vector<LinearLayer*> DecoderLayer::linears() {
  std::vector<LinearLayer*> all;
  for (LinearLayer& l : qkv) all.push_back(&l);
  all.push_back(&o);
  for (LinearLayer& l : gate_up) all.push_back(&l);
  all.push_back(&down);
  return all;
}

Decoder::Decoder(const DecoderConfig& c, Parameters& p, Context& context, DType dtype)
    : config_(c),
      context_(context),
      dtype_(dtype),
      embedding_(p.at("model.embed_tokens.weight")),
      final_norm_(p.at("model.norm.weight")),
      head_(c.tie_word_embeddings ? embedding_ : p.at("lm_head.weight")),
      rope_(config_, *context.memory) {
  uint32_t site = 0;
  for (int32_t i = 0; i < c.num_layers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    auto linear = [&](const std::string& module, int64_t offset) {
      LinearLayer l;
      l.module = layer + module;
      l.site = site++;
      l.weight = &p.at(l.module + ".weight");
      l.bias = p.find(l.module + ".bias");
      l.out_offset = offset;
      return l;
    };
    DecoderLayer d;
    if (c.fused_qkv) {
      d.qkv.push_back(linear("self_attn.qkv_proj", 0));
    } else {
      d.qkv.push_back(linear("self_attn.q_proj", 0));
      d.qkv.push_back(linear("self_attn.k_proj", c.q_width()));
      d.qkv.push_back(linear("self_attn.v_proj", c.q_width() + c.kv_width()));
    }
    d.o = linear("self_attn.o_proj", 0);
    if (c.fused_gate_up) {
      d.gate_up.push_back(linear("mlp.gate_up_proj", 0));
    } else {
      d.gate_up.push_back(linear("mlp.gate_proj", 0));
      d.gate_up.push_back(linear("mlp.up_proj", c.intermediate_size));
    }
    d.down = linear("mlp.down_proj", 0);
    d.norm1 = &p.at(layer + "input_layernorm.weight");
    Parameter* post = &p.at(layer + "post_attention_layernorm.weight");  // Gemma: really after attention; elsewhere before the MLP
    d.norm2 = c.post_norms ? &p.at(layer + "pre_feedforward_layernorm.weight") : post;
    d.post_norm1 = c.post_norms ? post : nullptr;
    d.post_norm2 = c.post_norms ? &p.at(layer + "post_feedforward_layernorm.weight") : nullptr;
    if (c.qk_norm) {
      d.q_norm = &p.at(layer + "self_attn.q_norm.weight");
      d.k_norm = &p.at(layer + "self_attn.k_norm.weight");
    }
    layers_.push_back(std::move(d));
  }
}

void Decoder::norm(Parameter* gamma, const Tensor& x, const Tensor& y, const Tensor& rstd, int32_t groups) {
  run(context_, RmsNormForward{.x = x,
                               .gamma = gamma->value,
                               .y = y,
                               .rstd = rstd,
                               .eps = config_.rms_norm_eps,
                               .add_one = config_.norm_add_one,
                               .groups = groups});
}

void Decoder::norm_backward(Parameter* gamma, const Tensor& x, const Tensor& rstd, const Tensor& dy, const Tensor& dx, bool accumulate,
                            int32_t groups) {
  run(context_, RmsNormBackward{.x = x,
                                .gamma = gamma->value,
                                .rstd = rstd,
                                .dy = dy,
                                .dx = dx,
                                .dgamma = gamma->grad,
                                .add_one = config_.norm_add_one,
                                .groups = groups,
                                .accumulate = accumulate});
}

void Decoder::turn(int32_t i, const TokenInputs& in, const Tensor& qkv, int32_t inverse) {
  run(context_, Rope{.x = qkv.columns(0, config_.q_width() + config_.kv_width()),
                     .positions = in.positions,
                     .cos = rope_.cos(i),
                     .sin = rope_.sin(i),
                     .heads = config_.num_heads + config_.num_kv_heads,
                     .inverse = inverse});
}

namespace {
/// The first `tokens` rows of every tensor: a plan made for more tokens serves fewer.
LayerActivations first_rows(const LayerActivations& l, int64_t tokens) {
  LayerActivations r = l;
  for (Tensor* t : {&r.x, &r.rstd1, &r.n, &r.qkv_raw, &r.q_rstd, &r.k_rstd, &r.qkv, &r.lse, &r.att, &r.o, &r.rstd_o, &r.x2, &r.rstd2,
                    &r.gate_up, &r.h, &r.d, &r.rstd_d})
    t->rows = tokens;
  for (Tensor& t : r.s) t.rows = tokens;
  return r;
}
LinearScratch linear_scratch(const Scratch& s) { return {s.dropped, s.ds}; }
}  // namespace

void Decoder::attention_half(int32_t i, const TokenInputs& in, LayerActivations& a, Activations& all, const KvPool* pool, Watch& watch) {
  const DecoderConfig& c = config_;
  DecoderLayer& layer = layers_[i];
  norm(layer.norm1, a.x, a.n, a.rstd1);
  watch.see("input_layernorm", i, a.n);
  const Tensor qkv_out = c.qk_norm ? a.qkv_raw : a.qkv;
  size_t s = 0;
  for (LinearLayer& l : layer.qkv) linear(l, a.n, qkv_out, a.s[s++], in, all);
  watch.see("self_attn.qkv", i, qkv_out);
  const Tensor q = a.qkv.columns(0, c.q_width()), k = a.qkv.columns(c.q_width(), c.kv_width()),
               v = a.qkv.columns(c.q_width() + c.kv_width(), c.kv_width());
  if (c.qk_norm) {
    norm(layer.q_norm, a.qkv_raw.columns(0, c.q_width()), q, a.q_rstd, c.num_heads);
    norm(layer.k_norm, a.qkv_raw.columns(c.q_width(), c.kv_width()), k, a.k_rstd, c.num_kv_heads);
    run(context_, Cast{.x = a.qkv_raw.columns(c.q_width() + c.kv_width(), c.kv_width()), .y = v});
  }
  turn(i, in, a.qkv, 0);
  AttentionForward attention{.q = q,
                             .k = k,
                             .v = v,
                             .o = a.att,
                             .lse = a.lse,
                             .cu_q = in.cu_q,
                             .k_start = in.k_start,
                             .k_len = in.k_len,
                             .block_table = in.block_table,
                             .heads = c.num_heads,
                             .kv_heads = c.num_kv_heads,
                             .head_dim = c.head_dim,
                             .window = c.sliding_window[i],
                             .block_size = pool ? KvPool::kBlockTokens : 0,
                             .scale = c.attention_scale,
                             .soft_cap = c.attention_soft_cap};
  if (pool) {
    attention.k = pool->k(i);
    attention.v = pool->v(i);
    run(context_, ScatterRows{.x = k, .index = in.slots, .y = attention.k});
    run(context_, ScatterRows{.x = v, .index = in.slots, .y = attention.v});
  }
  run(context_, attention);
  watch.see("self_attn", i, a.att);
  const Tensor o = c.post_norms ? a.o : a.x2;
  linear(layer.o, a.att, o, a.s[s], in, all);
  if (c.post_norms) norm(layer.post_norm1, a.o, a.x2, a.rstd_o);
  run(context_, Add{.a = a.x, .b = a.x2, .y = a.x2});
  watch.see("self_attn.o_proj", i, a.x2);
}

void Decoder::mlp_up(int32_t i, const TokenInputs& in, LayerActivations& a, Activations& all, Watch& watch) {
  DecoderLayer& layer = layers_[i];
  norm(layer.norm2, a.x2, a.n, a.rstd2);
  size_t s = layer.qkv.size() + 1;
  for (LinearLayer& l : layer.gate_up) linear(l, a.n, a.gate_up, a.s[s++], in, all);
  watch.see("mlp.gate_up", i, a.gate_up);
  gated_unit(a);
  watch.see("mlp.activation", i, a.h);
}

void Decoder::mlp_down(int32_t i, const TokenInputs& in, LayerActivations& a, Activations& all, const Tensor& x_out, Watch& watch) {
  DecoderLayer& layer = layers_[i];
  linear(layer.down, a.h, config_.post_norms ? a.d : x_out, a.s.back(), in, all);
  if (config_.post_norms) norm(layer.post_norm2, a.d, x_out, a.rstd_d);
  run(context_, Add{.a = a.x2, .b = x_out, .y = x_out});
  watch.see("mlp.down_proj", i, x_out);
}

void Decoder::linear(const LinearLayer& l, const Tensor& x, const Tensor& y, const Tensor& s, const TokenInputs& in,
                     const Activations& all) {
  linear_forward(context_, l, x, y, s, in.dropout, linear_scratch(all.scratch));
  add_row_adapters(context_, l, x, y, all.scratch.row_s.slice(0, x.rows), in.adapters);
}

void Decoder::gated_unit(LayerActivations& a) {
  const int64_t f = config_.intermediate_size;
  run(context_,
      GluForward{.gate = a.gate_up.columns(0, f), .up = a.gate_up.columns(f, f), .y = a.h, .activation = int32_t(config_.activation)});
}

void Decoder::forward(const TokenInputs& in, Activations& all, const KvPool* pool, Watch& watch, size_t depth) {
  const int64_t tokens = in.ids.cols;
  rope_.ensure(in.last_position + 1);
  const size_t n = std::min(depth, layers_.size());
  auto x_of = [&](size_t i) { return (i < n ? all.layers[i].x : all.x_final).slice(0, tokens); };
  run(context_, EmbeddingForward{.ids = in.ids, .table = embedding_.value, .y = x_of(0), .scale = config_.embedding_scale});
  watch.see("model.embed_tokens", -1, x_of(0));
  for (size_t i = 0; i < n; ++i) {
    LayerActivations a = first_rows(all.layers[i], tokens);
    attention_half(int32_t(i), in, a, all, pool, watch);
    mlp_up(int32_t(i), in, a, all, watch);
    mlp_down(int32_t(i), in, a, all, x_of(i + 1), watch);
  }
}

/// Brings back what the forward pass did not keep of layer i, but for the norms; the same ops on the same inputs, so the same bits.
void Decoder::recompute(int32_t i, const TokenInputs& in, Activations& all) {
  LayerActivations a = first_rows(all.layers[i], in.ids.cols);
  Watch off;
  if (all.mode == Checkpointing::Selective) gated_unit(a);
  if (all.mode != Checkpointing::Full) return;
  attention_half(i, in, a, all, nullptr, off);
  mlp_up(i, in, a, all, off);
  // the layer's output is at hand: only a norm after it needs what it was made of
  if (config_.post_norms)
    mlp_down(i, in, a, all, all.scratch.tmp.slice(0, in.ids.cols), off);
  else
    lora_forward(context_, layers_[i].down, a.h, a.s.back(), in.dropout, linear_scratch(all.scratch));
}

void Decoder::backward(const TokenInputs& in, Activations& all, Watch& watch) {
  const DecoderConfig& c = config_;
  const int64_t tokens = in.ids.cols, f = c.intermediate_size, q = c.q_width(), kv = c.kv_width();
  const Tensor dx = all.scratch.dx.slice(0, tokens), dqkv = all.scratch.dqkv.slice(0, tokens), tmp = all.scratch.tmp.slice(0, tokens);
  const LinearScratch scratch = linear_scratch(all.scratch);
  const bool train_embedding = bool(embedding_.grad);
  for (int32_t i = int32_t(layers_.size()) - 1; i >= 0; --i) {
    recompute(i, in, all);
    DecoderLayer& layer = layers_[i];
    LayerActivations a = first_rows(all.layers[i], tokens);
    const size_t attention_linears = layer.qkv.size() + 1;
    // the gated unit's output is last read where its gradient is made, so that and the later gradients may lie in its place
    const Tensor dh = a.h, dn = matrix(a.h.data, dtype_, tokens, c.hidden_size), datt = matrix(a.h.data, dtype_, tokens, q);

    Tensor dd = dx;
    if (c.post_norms) {
      norm_backward(layer.post_norm2, a.d, a.rstd_d, dx, tmp, false);
      dd = tmp;
    }
    linear_backward(context_, layer.down, a.h, dd, a.s.back(), dh, false, in.dropout, scratch);
    watch.see("mlp.down_proj gradient", i, dh);
    const Tensor gate = a.gate_up.columns(0, f), up = a.gate_up.columns(f, f);
    run(context_, GluBackward{.gate = gate, .up = up, .dy = dh, .dgate = gate, .dup = up, .activation = int32_t(c.activation)});
    norm(layer.norm2, a.x2, a.n, a.rstd2);
    for (size_t j = 0; j < layer.gate_up.size(); ++j)
      linear_backward(context_, layer.gate_up[j], a.n, a.gate_up, a.s[attention_linears + j], dn, j > 0, in.dropout, scratch);
    norm_backward(layer.norm2, a.x2, a.rstd2, dn, dx, true);
    watch.see("mlp gradient", i, dx);

    Tensor doo = dx;
    if (c.post_norms) {
      norm_backward(layer.post_norm1, a.o, a.rstd_o, dx, tmp, false);
      doo = tmp;
    }
    linear_backward(context_, layer.o, a.att, doo, a.s[layer.qkv.size()], datt, false, in.dropout, scratch);
    const Tensor dq = dqkv.columns(0, q), dk = dqkv.columns(q, kv), dv = dqkv.columns(q + kv, kv);
    run(context_, AttentionBackward{.q = a.qkv.columns(0, q),
                                    .k = a.qkv.columns(q, kv),
                                    .v = a.qkv.columns(q + kv, kv),
                                    .o = a.att,
                                    .dout = datt,
                                    .lse = a.lse,
                                    .dq = dq,
                                    .dk = dk,
                                    .dv = dv,
                                    .cu = in.cu_q,
                                    .heads = c.num_heads,
                                    .kv_heads = c.num_kv_heads,
                                    .head_dim = c.head_dim,
                                    .window = c.sliding_window[i],
                                    .scale = c.attention_scale,
                                    .soft_cap = c.attention_soft_cap});
    turn(i, in, dqkv, 1);
    if (c.qk_norm) {
      norm_backward(layer.q_norm, a.qkv_raw.columns(0, q), a.q_rstd, dq, dq, false, c.num_heads);
      norm_backward(layer.k_norm, a.qkv_raw.columns(q, kv), a.k_rstd, dk, dk, false, c.num_kv_heads);
    }
    watch.see("self_attn gradient", i, dqkv);
    const bool go_on = i > 0 || train_embedding || bool(layer.norm1->grad);
    norm(layer.norm1, a.x, a.n, a.rstd1);
    for (size_t j = 0; j < layer.qkv.size(); ++j)
      linear_backward(context_, layer.qkv[j], a.n, dqkv, a.s[j], go_on ? dn : Tensor{}, j > 0, in.dropout, scratch);
    if (go_on) norm_backward(layer.norm1, a.x, a.rstd1, dn, dx, true);
    watch.see("gradient", i, dx);
  }
  if (train_embedding) run(context_, EmbeddingBackward{.ids = in.ids, .dy = dx, .dtable = embedding_.grad, .scale = c.embedding_scale});
}

}  // namespace fettle
