#pragma once
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/buffer.h"
#include "model/config.h"
#include "model/weights/random_weight.h"
#include "ops/op.h"

namespace fettle {

/// One base weight under Hugging Face's name, and its place in memory.
struct Parameter {
  std::string name;
  std::vector<int64_t> shape;
  bool linear = false;  // a layer's linear: quantized under nf4, a target for LoRA
  bool loaded = false;
  Tensor value;      // F32, BF16 or NF4
  Tensor grad;       // F32, when trained in full
  int trained = -1;  // index into the trainables
  Nf4Scales scales;
  Buffer memory;

  int64_t rows() const { return shape.size() == 2 ? shape[0] : 1; }
  int64_t cols() const { return shape.back(); }
};

struct ParameterOptions {
  bool nf4 = true;  // linears
  DType compute = DType::BF16;
};

/// The base model's weights: which there must be, loading each, and what is missing.
class Parameters {
 public:
  Parameters(const DecoderConfig& config, const ParameterOptions& options, const Context& context);

  std::vector<std::unique_ptr<Parameter>>& list() { return list_; }
  const std::vector<std::unique_ptr<Parameter>>& list() const { return list_; }
  /// nullptr when the model has no such weight.
  Parameter* find(const std::string& name);
  Parameter& at(const std::string& name);

  /// Decodes on the host, where `host` runs, and, for NF4, quantizes where the model lives.
  void load(Context& host, const std::string& name, const StoredTensor& stored);
  void load(const std::string& name, const StoredNf4& stored);
  void load(Context& host, const std::string& name, const RandomWeight& random);
  /// Throws FETTLE_MODEL_INCOMPLETE with every name that was not loaded.
  void finish() const;
  size_t bytes() const;
  /// Bytes of one weight: as it lies, or before it is loaded as it will.
  size_t bytes(const Parameter& p, bool stored_bf16) const;

 private:
  void add(const std::string& name, std::vector<int64_t> shape, bool linear = false);
  bool becomes_nf4(const Parameter& p) const { return p.linear && options_.nf4; }
  DType dense_type(const Parameter& p, bool stored_bf16) const;
  void place_nf4(Parameter& p, bool double_quantized, Memory& where, Nf4Destination* dst);
  void place_dense(Parameter& p, bool stored_bf16, Memory& where);
  /// Takes a weight that was made on the host to where the model lives.
  void move_to_device(Parameter& p);
  /// Double quantization's map in that memory.
  const float* map_in(Memory& where);
  ParameterOptions options_;
  Context context_;     // where the model lives
  Buffer dynamic_map_;  // double quantization's, where the model lives
  std::vector<std::unique_ptr<Parameter>> list_;
  std::unordered_map<std::string, Parameter*> by_name_;
};

}  // namespace fettle
