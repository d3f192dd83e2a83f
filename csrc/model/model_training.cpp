// The half of Model that trains: passes, steps, the optimizer and its state.
#include <algorithm>

#include "core/error.h"
#include "model/model.h"

namespace fettle {

void Model::zero_grad() {
  std::lock_guard lock(mutex_);
  trainables_.zero_grad();
  record_.clear();
}

TrainingMemory Model::training_memory(const TrainingRequest& request) {
  std::lock_guard lock(mutex_);
  return fettle::training_memory(decoder_, parameters_, options_, request);
}

void Model::run_pass(PassGraphs::Pass pass, const TokenInputs& in, const Watch& watch, const std::function<void()>& work) {
  const bool single_ops = watch.active || (profiler_ && context_.backend == profiler_.get());
  if (single_ops) return work();
  graphs_.run({pass, in.ids.data, in.ids.cols, in.k_len.cols}, work);
}

Tensor Model::train_pass(Batch& batch, const TrainBatchOptions& options, Watch& watch) {
  require_loaded();
  if (trainables_.size() == 0) throw Error("FETTLE_INVALID_ARGUMENT", "nothing is trainable: call addLora() or trainAll() first");
  batch.prepare(config().vocab_size, config().max_positions);
  ensure(training_, batch.tokens(), true);
  if (!context_.memory->on_host())
    batch.pad(std::min(token_bucket(batch.tokens()), training_.tokens), sequence_bucket(batch.sequences() + 1));
  TokenInputs in = staging_.place(batch, {options.seed, options.step});
  in.dropout.active = has_dropout_;
  if (decoder_.reserve_positions(in.last_position + 1)) graphs_.clear();
  run_pass(PassGraphs::Pass::Forward, in, watch, [&] { decoder_.forward(in, training_, nullptr, watch); });
  const Tensor losses = head_.run_loss(in, training_, true, options.loss_scale, watch);
  run_pass(PassGraphs::Pass::Backward, in, watch, [&] { decoder_.backward(in, training_, watch); });
  return losses;
}

void Model::forward_backward(Batch& batch, const TrainBatchOptions& options) {
  std::lock_guard lock(mutex_);
  Watch off;
  const Tensor losses = train_pass(batch, options, off);
  record_.add(batch, losses);
}

BatchLoss Model::losses() {
  std::lock_guard lock(mutex_);
  return record_.losses();
}

std::string Model::first_non_finite(Batch& batch, const TrainBatchOptions& options) {
  std::lock_guard lock(mutex_);
  for (const Trainables::Entry& e : trainables_.entries()) {
    const Tensor all = trainables_.all("param");
    if (Watch::bad(vector(all.as<float>() + e.offset, DType::F32, e.rows * e.cols), *context_.memory)) return e.name;
  }
  for (const auto& p : parameters_.list())
    if (p->value && p->value.dtype != DType::NF4 && Watch::bad(p->value, *context_.memory)) return p->name;
  Watch watch;
  watch.active = true;
  watch.memory = context_.memory;
  trainables_.zero_grad();
  train_pass(batch, options, watch);
  if (!watch.first.empty()) return watch.first;
  for (size_t i = 0; i < trainables_.entries().size(); ++i)
    if (Watch::bad(trainables_.grad(int(i)), *context_.memory)) return trainables_.entries()[i].name + " gradient";
  return "";
}

StepResult Model::optimizer_step(const AdamWOptions& o) {
  std::lock_guard lock(mutex_);
  optimizer().update(context_, trainables_, o, record_.clip_factor(trainables_.all("grad"), o.max_grad_norm));
  refresh_copies();
  return record_.result();
}

void Model::set_optimizer(Optimizer kind) {
  std::lock_guard lock(mutex_);
  if (optimizer_ && kind != optimizer_kind_)
    throw Error("FETTLE_INVALID_ARGUMENT", "the optimizer cannot change once it has state; choose it before reserve() and the first step");
  optimizer_kind_ = kind;
}

OptimizerState& Model::optimizer() {
  if (!optimizer_) optimizer_ = OptimizerState(optimizer_kind_, trainables_, *context_.memory);
  return optimizer_;
}

std::vector<OptimizerState::Part> Model::optimizer_parts() {
  std::lock_guard lock(mutex_);
  return optimizer().parts(trainables_);
}

OptimizerState::Part Model::optimizer_part(const std::string& name, size_t bytes) {
  for (const OptimizerState::Part& part : optimizer().parts(trainables_)) {
    if (part.name != name) continue;
    const size_t holds = size_t(part.values.size()) * element_size(part.values.dtype);
    if (holds == bytes) return part;
    throw Error("FETTLE_INVALID_ARGUMENT", name + " has " + std::to_string(holds) + " bytes, found " + std::to_string(bytes));
  }
  throw Error("FETTLE_INVALID_ARGUMENT", "the optimizer's state has no part '" + name + "'");
}

void Model::read_optimizer(const std::string& part, void* out, size_t bytes) {
  std::lock_guard lock(mutex_);
  const OptimizerState::Part found = optimizer_part(part, bytes);
  found.memory->download(out, found.values.data, bytes);
}

void Model::write_optimizer(const std::string& part, const void* values, size_t bytes) {
  std::lock_guard lock(mutex_);
  const OptimizerState::Part found = optimizer_part(part, bytes);
  found.memory->upload(found.values.data, values, bytes);
}

}  // namespace fettle
