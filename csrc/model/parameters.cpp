#include "model/parameters.h"

#include "core/error.h"
#include "core/nf4.h"

namespace fettle {

Parameters::Parameters(const DecoderConfig& c, const ParameterOptions& options, const Context& context)
    : options_(options), context_(context) {
  const int64_t h = c.hidden_size, f = c.intermediate_size;
  add("model.embed_tokens.weight", {c.vocab_size, h});
  for (int32_t l = 0; l < c.num_layers; ++l) {
    const std::string layer = "model.layers." + std::to_string(l) + ".";
    auto linear = [&](const std::string& module, int64_t out, int64_t in, bool bias) {
      add(layer + module + ".weight", {out, in}, true);
      if (bias) add(layer + module + ".bias", {out});
    };
    add(layer + "input_layernorm.weight", {h});
    if (c.fused_qkv) {
      linear("self_attn.qkv_proj", c.qkv_width(), h, c.qkv_bias);
    } else {
      linear("self_attn.q_proj", c.q_width(), h, c.qkv_bias);
      linear("self_attn.k_proj", c.kv_width(), h, c.qkv_bias);
      linear("self_attn.v_proj", c.kv_width(), h, c.qkv_bias);
    }
    if (c.qk_norm) {
      add(layer + "self_attn.q_norm.weight", {c.head_dim});
      add(layer + "self_attn.k_norm.weight", {c.head_dim});
    }
    linear("self_attn.o_proj", h, c.q_width(), c.o_bias);
    add(layer + "post_attention_layernorm.weight", {h});
    if (c.post_norms) {
      add(layer + "pre_feedforward_layernorm.weight", {h});
      add(layer + "post_feedforward_layernorm.weight", {h});
    }
    if (c.fused_gate_up) {
      linear("mlp.gate_up_proj", 2 * f, h, c.mlp_bias);
    } else {
      linear("mlp.gate_proj", f, h, c.mlp_bias);
      linear("mlp.up_proj", f, h, c.mlp_bias);
    }
    linear("mlp.down_proj", h, f, c.mlp_bias);
  }
  add("model.norm.weight", {h});
  if (!c.tie_word_embeddings) add("lm_head.weight", {c.vocab_size, h});
}

void Parameters::add(const std::string& name, std::vector<int64_t> shape, bool linear) {
  auto p = std::make_unique<Parameter>();
  p->name = name;
  p->shape = std::move(shape);
  p->linear = linear;
  by_name_[name] = p.get();
  list_.push_back(std::move(p));
}

Parameter* Parameters::find(const std::string& name) {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

Parameter& Parameters::at(const std::string& name) {
  Parameter* p = find(name);
  if (!p) throw Error("FETTLE_INVALID_ARGUMENT", "the model has no weight named '" + name + "'");
  return *p;
}

namespace {
void check_shape(const Parameter& p, const std::vector<int64_t>& stored) {
  if (p.shape == stored) return;
  auto text = [](const std::vector<int64_t>& s) {
    std::string t = "[";
    for (size_t i = 0; i < s.size(); ++i) t += (i ? ", " : "") + std::to_string(s[i]);
    return t + "]";
  };
  throw Error("FETTLE_MODEL_INCOMPLETE", "weight " + p.name + " must have the shape " + text(p.shape) + ", the file gives " + text(stored),
              "the config and the weights are not of the same model");
}

/// Where the parts of an NF4 weight begin in its block of memory.
struct Nf4Bytes {
  size_t packed, codes, scales;
  Nf4Bytes(const Parameter& p, bool double_quantized) {
    const int64_t n = p.rows() * p.cols(), blocks = (n + 63) / 64;
    auto align = [](int64_t b) { return size_t((b + 63) / 64 * 64); };
    packed = align((n + 1) / 2);
    codes = double_quantized ? align(blocks) : 0;
    scales = align(4 * (double_quantized ? (blocks + 255) / 256 : blocks));
  }
  size_t all() const { return packed + codes + scales + 64; }
};
}  // namespace

DType Parameters::dense_type(const Parameter& p, bool stored_bf16) const {
  const bool small = p.shape.size() == 1;  // norms and biases stay fp32
  return !small && (options_.compute == DType::BF16 || stored_bf16) ? DType::BF16 : DType::F32;
}

size_t Parameters::bytes(const Parameter& p, bool stored_bf16) const {
  if (p.loaded) return p.memory.bytes();
  return becomes_nf4(p) ? Nf4Bytes(p, true).all() : size_t(p.rows() * p.cols()) * element_size(dense_type(p, stored_bf16));
}

void Parameters::place_dense(Parameter& p, bool stored_bf16, Memory& where) {
  const DType dtype = dense_type(p, stored_bf16);
  p.memory = Buffer(size_t(p.rows() * p.cols()) * element_size(dtype), where);
  p.value = matrix(p.memory.as(), dtype, p.rows(), p.cols());
}

void Parameters::place_nf4(Parameter& p, bool double_quantized, Memory& where, Nf4Destination* dst) {
  const Nf4Bytes bytes(p, double_quantized);
  p.memory = Buffer(bytes.all(), where);
  uint8_t* base = p.memory.as();
  p.scales = {};
  dst->packed = base;
  if (double_quantized) {
    dst->codes = base + bytes.packed;
    dst->absmax2 = reinterpret_cast<float*>(base + bytes.packed + bytes.codes);
    dst->offset = &p.scales.offset;
    p.scales.codes = dst->codes;
    p.scales.absmax2 = dst->absmax2;
    p.scales.map = map_in(where);
  } else {
    dst->absmax = reinterpret_cast<float*>(base + bytes.packed);
    p.scales.absmax = dst->absmax;
  }
  p.value = {base, DType::NF4, p.rows(), p.cols(), p.cols(), &p.scales};
}

const float* Parameters::map_in(Memory& where) {
  if (where.on_host()) return signed_dynamic_map();
  if (!dynamic_map_) {
    dynamic_map_ = Buffer(256 * sizeof(float), where);
    where.upload(dynamic_map_.as(), signed_dynamic_map(), 256 * sizeof(float));
  }
  return dynamic_map_.as<float>();
}

void Parameters::load(Context& host, const std::string& name, const StoredTensor& stored) {
  Parameter& p = at(name);
  check_shape(p, stored.shape);
  if (becomes_nf4(p)) {
    Nf4Destination dst;
    place_nf4(p, true, *context_.memory, &dst);
    load_nf4(stored, host, context_, dst);
  } else {
    place_dense(p, stored.type == StoredType::BF16, *context_.memory);
    load_dense(stored, host, *context_.memory, p.value);
  }
  p.loaded = true;
}

void Parameters::load(const std::string& name, const StoredNf4& stored) {
  Parameter& p = at(name);
  check_shape(p, stored.shape);
  Nf4Destination dst;
  place_nf4(p, has_standard_scales(stored), host_memory(), &dst);
  load_stored_nf4(stored, dst);
  move_to_device(p);
  p.loaded = true;
}

void Parameters::load(Context& host, const std::string& name, const RandomWeight& random) {
  Parameter& p = at(name);
  if (becomes_nf4(p)) {
    Nf4Destination dst;
    place_nf4(p, true, host_memory(), &dst);
    load_nf4(random, host, p.rows() * p.cols(), dst);
  } else {
    place_dense(p, false, host_memory());
    load_dense(random, host, p.value);
  }
  move_to_device(p);
  p.loaded = true;
}

void Parameters::move_to_device(Parameter& p) {
  Memory& memory = *context_.memory;
  if (memory.on_host()) return;
  const uint8_t* from = p.memory.as();
  Buffer moved(p.memory.bytes(), memory);
  memory.upload(moved.as(), from, moved.bytes());
  auto there = [&](auto* here) { return decltype(here)(moved.as() + (reinterpret_cast<const uint8_t*>(here) - from)); };
  p.value.data = moved.as();
  if (p.value.dtype == DType::NF4 && p.scales.codes) {
    p.scales.codes = there(p.scales.codes);
    p.scales.absmax2 = there(p.scales.absmax2);
    p.scales.map = map_in(memory);
  } else if (p.value.dtype == DType::NF4) {
    p.scales.absmax = there(p.scales.absmax);
  }
  p.memory = std::move(moved);
}

void Parameters::finish() const {
  std::string missing;
  int count = 0;
  for (const auto& p : list_)
    if (!p->loaded && ++count <= 20) missing += (count > 1 ? ", " : "") + p->name;
  if (count == 0) return;
  throw Error(
      "FETTLE_MODEL_INCOMPLETE",
      std::to_string(count) + " of " + std::to_string(list_.size()) + " weights are missing: " + missing + (count > 20 ? ", ..." : ""),
      "download the model again, or check that every shard is there");
}

size_t Parameters::bytes() const {
  size_t n = 0;
  for (const auto& p : list_) n += p->memory.bytes();
  return n;
}

}  // namespace fettle
