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
#include "model/pass_graphs.h"
#include "model/step_record.h"
#include "model/training_memory.h"
#include "ops/profiler.h"

namespace fettle {

/// Of a micro-batch: the factor on its summed loss, what keys dropout.
struct TrainBatchOptions {
  float loss_scale;
  uint32_t seed, step;
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

  /// Chooses the optimizer before its first step.
  void set_optimizer(Optimizer kind);
  /// The optimizer's state, by parts; none before memory is reserved or a step is made.
  std::vector<OptimizerState::Part> optimizer_parts();
  void read_optimizer(const std::string& part, void* out, size_t bytes);
  void write_optimizer(const std::string& part, const void* values, size_t bytes);

  void set_checkpointing(Checkpointing mode);
  /// Takes the memory of training steps and evaluations with passes of up to `tokens` tokens at once, and gives back what it had for larger
  /// ones; smaller passes take no more.
  void reserve(int64_t tokens);
  /// Bytes that training takes, whatever is on the model now; weights that are not loaded yet count as they will be.
  TrainingMemory training_memory(const TrainingRequest& request);
  /// Begins an optimizer step. Nothing from here to optimizer_step() waits for a device.
  void zero_grad();
  void forward_backward(Batch& batch, const TrainBatchOptions& options);
  /// Of every sequence since zero_grad().
  BatchLoss losses();
  /// Clips and updates; when a loss or the gradient is not finite, nothing changes.
  StepResult optimizer_step(const AdamWOptions& options);
  std::string first_non_finite(Batch& batch, const TrainBatchOptions& options);
  BatchLoss evaluate(Batch& batch);
  /// out: fp32 [T, V].
  void logits(Batch& batch, float* out);
  /// out: fp32 [S, H], the mean over each sequence of the states after the first `depth` layers and the final norm.
  void mean_hidden(Batch& batch, int32_t depth, float* out);

  /// Room for up to `sequences` sequences of `tokens` tokens together.
  std::unique_ptr<Generation> new_generation(int64_t tokens, int64_t sequences);
  /// The next token of each sequence named; the logits that they were drawn from go to logits_out [inputs, V] if given.
  std::vector<int32_t> step(Generation& generation, const std::vector<SequenceInput>& inputs, float* logits_out);

  std::map<std::string, size_t> memory();
  int64_t graph_launches();
  /// Times every op from now on, or no longer.
  void set_profiling(bool on);
  /// What was measured since the last call; empty when it never was.
  std::vector<OpTiming> take_profile();

 private:
  /// Adds the gradients of a batch; its losses, F32 [1, C].
  Tensor train_pass(Batch& batch, const TrainBatchOptions& options, Watch& watch);
  /// Does one pass of a batch; through graphs, unless something looks at single ops.
  void run_pass(PassGraphs::Pass pass, const TokenInputs& in, const Watch& watch, const std::function<void()>& work);
  void ensure(Activations& a, int64_t tokens, bool training);
  void drop_activations();
  void refresh_copies();
  OptimizerState& optimizer();
  OptimizerState::Part optimizer_part(const std::string& name, size_t bytes);
  void init_lora(LinearLayer& layer, uint64_t seed);
  /// Runs the decoder without gradients; the results stay valid until the next call.
  TokenInputs infer(const Batch& batch, const KvPool* pool, size_t depth = SIZE_MAX);
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
  Optimizer optimizer_kind_ = Optimizer::AdamW;
  OptimizerState optimizer_;
  Arena arena_;  // of both passes, which never run at once
  Activations training_, inference_;
  StepRecord record_;
  Checkpointing checkpointing_ = Checkpointing::None;
  bool loaded_ = false, trains_all_ = false, has_dropout_ = false;
  PassGraphs graphs_;  // last: graphs go before the memory that they name
};

}  // namespace fettle
