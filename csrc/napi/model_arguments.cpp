#include "napi/model_arguments.h"

#include <limits>

#include "napi/convert.h"

namespace fettle::napi {
namespace {

FileRange read_range(const Napi::Object& o, const char* key) {
  const Napi::Object r = get_object(o, key);
  return {get_string(r, "file"), uint64_t(get_number(r, "offset")), uint64_t(get_number(r, "bytes"))};
}

std::vector<int64_t> read_shape(const Napi::Object& o) {
  std::vector<int64_t> shape;
  for (int32_t n : get_int_list(o, "shape")) shape.push_back(n);
  require(shape.size() == 1 || shape.size() == 2, "a weight's shape must be [n] or [rows, cols]");
  return shape;
}

Sampling read_sampling(const Napi::Object& o) {
  return {float(get_number(o, "temperature")), int32_t(get_number(o, "top_k")), float(get_number(o, "top_p")),
          uint64_t(get_number(o, "seed"))};
}

}  // namespace

DecoderConfig read_config(const Napi::Object& o) {
  DecoderConfig c;
  auto integer = [&](const char* key) { return int64_t(get_number(o, key)); };
  c.vocab_size = integer("vocab_size");
  c.hidden_size = integer("hidden_size");
  c.intermediate_size = integer("intermediate_size");
  c.num_layers = int32_t(integer("num_layers"));
  c.num_heads = int32_t(integer("num_heads"));
  c.num_kv_heads = int32_t(integer("num_kv_heads"));
  c.head_dim = int32_t(integer("head_dim"));
  c.max_positions = integer("max_positions");
  c.rms_norm_eps = float(get_number(o, "rms_norm_eps"));
  c.norm_add_one = get_bool(o, "norm_add_one");
  const std::string activation = get_string(o, "activation");
  require(activation == "silu" || activation == "gelu_tanh", "activation must be silu or gelu_tanh, not '" + activation + "'");
  c.activation = activation == "silu" ? Activation::Silu : Activation::GeluTanh;
  c.attention_scale = float(get_number(o, "attention_scale"));
  c.attention_soft_cap = float(get_number(o, "attention_soft_cap"));
  c.logit_soft_cap = float(get_number(o, "logit_soft_cap"));
  c.sliding_window = get_int_list(o, "sliding_window");
  const Napi::Value tables = get(o, "rope_tables");
  require(tables.IsArray(), "rope_tables must be an array");
  for (uint32_t i = 0; i < tables.As<Napi::Array>().Length(); ++i) {
    const Napi::Object t = tables.As<Napi::Array>().Get(i).As<Napi::Object>();
    c.rope_tables.push_back({get_array<float>(t, "inv_freq"), float(get_number(t, "attention_scaling"))});
  }
  c.rope_of_layer = get_int_list(o, "rope_of_layer");
  c.embedding_scale = float(get_number(o, "embedding_scale"));
  c.tie_word_embeddings = get_bool(o, "tie_word_embeddings");
  c.qkv_bias = get_bool(o, "qkv_bias");
  c.o_bias = get_bool(o, "o_bias");
  c.mlp_bias = get_bool(o, "mlp_bias");
  c.qk_norm = get_bool(o, "qk_norm");
  c.post_norms = get_bool(o, "post_norms");
  c.fused_qkv = get_bool(o, "fused_qkv");
  c.fused_gate_up = get_bool(o, "fused_gate_up");
  return c;
}

StoredTensor read_stored_tensor(const Napi::Object& o) {
  StoredTensor t;
  t.file = get_string(o, "file");
  t.offset = uint64_t(get_number(o, "offset"));
  t.bytes = uint64_t(get_number(o, "bytes"));
  t.type = stored_type(get_string(o, "type"));
  t.shape = read_shape(o);
  t.permuted_heads = int32_t(get_number_or(o, "permuted_heads", 0));
  t.add = float(get_number_or(o, "add", 0));
  return t;
}

StoredNf4 read_stored_nf4(const Napi::Object& o) {
  StoredNf4 t;
  t.shape = read_shape(o);
  t.blocksize = int32_t(get_number(o, "blocksize"));
  t.packed = read_range(o, "packed");
  t.absmax = read_range(o, "absmax");
  if (!o.Get("nested").IsUndefined()) {
    const Napi::Object n = get_object(o, "nested");
    t.nested =
        StoredNf4::Nested{read_range(n, "absmax"), read_range(n, "map"), get_number(n, "offset"), int32_t(get_number(n, "blocksize"))};
  }
  return t;
}

RandomWeight read_random_weight(const Napi::Object& o) {
  const Napi::Object r = get_object(o, "random");
  return {uint64_t(get_number(r, "seed")), float(get_number(r, "mean")), float(get_number(r, "std"))};
}

LoraOptions read_lora_options(const Napi::Object& o) {
  LoraOptions l;
  l.r = int64_t(get_number(o, "r"));
  l.lora_alpha = float(get_number(o, "lora_alpha"));
  l.lora_dropout = float(get_number(o, "lora_dropout"));
  require(l.lora_dropout >= 0 && l.lora_dropout < 1, "lora_dropout must be from 0 to below 1");
  l.use_rslora = get_bool(o, "use_rslora");
  l.target_modules = get_string_list(o, "target_modules");
  l.seed = uint64_t(get_number(o, "seed"));
  return l;
}

TrainingRequest read_training_request(const Napi::Object& o) {
  TrainingRequest r;
  r.tokens = int64_t(get_number(o, "tokens"));
  r.mode = parse_checkpointing(get_string(o, "activation_checkpointing"));
  r.optimizer = parse_optimizer(get_string(o, "optimizer"));
  r.stored_bf16 = get_bool(o, "stored_bf16");
  if (!get(o, "lora").IsNull()) r.lora = read_lora_options(get_object(o, "lora"));
  return r;
}

Batch read_batch(const Napi::Object& o) {
  Batch b;
  b.ids = get_array<int32_t>(o, "input_ids");
  b.cu = get_array<int32_t>(o, "cu_seqlens");
  b.labels = get_array<int32_t>(o, "labels", true);
  b.row_ids = get_array<uint32_t>(o, "row_ids", true);
  return b;
}

TrainBatchOptions read_train_batch_options(const Napi::Object& o) {
  return {float(get_number(o, "loss_scale")), uint32_t(get_number(o, "seed")), uint32_t(get_number(o, "step"))};
}

AdamWOptions read_adamw_options(const Napi::Object& o) {
  return {float(get_number(o, "learning_rate")),
          float(get_number(o, "beta1")),
          float(get_number(o, "beta2")),
          float(get_number(o, "epsilon")),
          float(get_number(o, "weight_decay")),
          int32_t(get_number(o, "step")),
          get(o, "max_grad_norm").IsNull() ? std::numeric_limits<double>::infinity() : get_number(o, "max_grad_norm")};
}

std::vector<SequenceInput> read_sequence_inputs(const Napi::Array& list) {
  std::vector<SequenceInput> inputs;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value v = list.Get(i);
    require(v.IsObject(), "a step's inputs must be objects");
    const Napi::Object o = v.As<Napi::Object>();
    inputs.push_back({int32_t(get_number(o, "sequence")), get_array<int32_t>(o, "ids"), read_sampling(get_object(o, "sampling")),
                      int32_t(get_number_or(o, "adapter", SequenceInput::kNoAdapter))});
  }
  return inputs;
}

}  // namespace fettle::napi
