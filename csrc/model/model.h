#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "model/adapters.h"
#include "model/decoder.h"
#include "model/generation.h"
#include "model/loss_head.h"
#include "model/training_memory.h"
#include "ops/profiler.h"

namespace fettle {

struct AdamWOptions {
  float learning_rate, beta1, beta2, epsilon, weight_decay, grad_scale;
  int32_t step;
};

/// A base model, perhaps with something trainable on it. One call at a time; every method takes the lock itself.
class Model {
 public:
  /// `host` reads and quantizes the weights; the model runs on `device`, which may be the host too.
  Model(const DecoderConfig& config, const ParameterOptions& options, const Context& host, const Context& device);

  const DecoderConfig& config() const { return decoder_.config(); }
  const Parameters& parameters() const { return parameters_; }
  void load(const std::string& name, const StoredTensor& stored);
  void load(const std::string& name, const StoredNf4& stored);
  void load(const std::string& name, const RandomWeight& random);
  void finish_loading();

  void add_lora(const LoraOptions& options);
  void remove_lora();
  /// Takes the LoRA adapter off the model and keeps it for sequences that ask for it by the number given; no step may run meanwhile.
  int32_t keep_lora();
  void drop_adapter(int32_t adapter);
  void train_all();
  const Trainables& trainables() const { return trainables_; }
  void read_trainables(const std::string& kind, float* out, int64_t offset, int64_t count);
  void write_trainables(const std::string& kind, const float* values, int64_t offset, int64_t count);

  void set_checkpointing(Checkpointing mode);
  /// Takes the memory of training and evaluation passes of up to `tokens` tokens at once; smaller ones take no more.
  void reserve(int64_t tokens);
  /// Bytes that training takes, whatever is on the model now; weights that are not loaded yet count as they will be.
  TrainingMemory training_memory(const TrainingRequest& request);
  void zero_grad();
  BatchLoss forward_backward(Batch& batch, float loss_scale, uint32_t seed, uint32_t step);
  std::string first_non_finite(Batch& batch, float loss_scale, uint32_t seed, uint32_t step);
  double grad_norm();
  void adamw_step(const AdamWOptions& options);
  BatchLoss evaluate(Batch& batch);
  /// out: fp32 [T, V].
  void logits(Batch& batch, float* out);

  /// Room for up to `sequences` sequences of `tokens` tokens together.
  std::unique_ptr<Generation> new_generation(int64_t tokens, int64_t sequences);
  /// The next token of each sequence named; the logits that they were drawn from go to logits_out [inputs, V] if given.
  std::vector<int32_t> step(Generation& generation, const std::vector<SequenceInput>& inputs, float* logits_out);

  std::map<std::string, size_t> memory();
  /// Times every op from now on, or no longer.
  void set_profiling(bool on);
  /// What was measured since the last call; empty when it never was.
  std::vector<OpTiming> take_profile();

 private:
  BatchLoss train_pass(Batch& batch, float loss_scale, uint32_t seed, uint32_t step, Watch& watch);
  void ensure(Activations& a, int64_t tokens, bool training);
  void drop_activations();
  /// Where SumSquares puts its double.
  Tensor norm_room();
  void refresh_copies();
  void init_lora(LinearLayer& layer, uint64_t seed);
  /// Runs the decoder without gradients; the results stay valid until the next call.
  TokenInputs infer(const Batch& batch, const KvPool* pool);
  void draw(const Generation::Pass& pass, const TokenInputs& in, float* logits_out, std::vector<int32_t>& next);
  std::vector<LinearLayer*> linears();
  void take_lora_off();
  void download_logits(int64_t first, int64_t rows, float* out);
  std::vector<int64_t> ranks();
  void require_loaded() const;

  std::mutex mutex_;
  std::unique_ptr<Profiler> profiler_;
  Context host_, context_;  // first: everything below may lie on the device
  TokenStaging staging_;
  ParameterOptions options_;
  Parameters parameters_;
  Decoder decoder_;
  LossHead head_;
  Trainables trainables_;
  Adapters adapters_;
  Arena arena_;  // of both passes, which never run at once
  Activations training_, inference_;
  Buffer norm_;
  Checkpointing checkpointing_ = Checkpointing::None;
  bool loaded_ = false, trains_all_ = false, has_dropout_ = false;
};

}  // namespace fettle
