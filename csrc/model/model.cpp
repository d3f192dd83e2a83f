#include "model/model.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "core/bf16.h"
#include "core/error.h"
#include "core/philox.h"

namespace fettle {

Model::Model(const DecoderConfig& config, const ParameterOptions& options, const Context& host, const Context& device)
    : host_(host),
      context_(device),
      staging_(*context_.memory),
      options_(options),
      parameters_((check(config), config), options, context_),
      decoder_(config, parameters_, context_, options.compute),
      head_(decoder_, context_),
      adapters_(context_),
      record_(context_),
      graphs_(*context_.memory) {}

void Model::load(const std::string& name, const StoredTensor& stored) {
  std::lock_guard lock(mutex_);
  parameters_.load(host_, name, stored);
}
void Model::load(const std::string& name, const StoredNf4& stored) {
  std::lock_guard lock(mutex_);
  parameters_.load(name, stored);
}
void Model::load(const std::string& name, const RandomWeight& random) {
  std::lock_guard lock(mutex_);
  parameters_.load(host_, name, random);
}
void Model::finish_loading() {
  std::lock_guard lock(mutex_);
  parameters_.finish();
  loaded_ = true;
  trim_heap();
}
void Model::require_loaded() const {
  if (!loaded_) throw Error("FETTLE_INVALID_ARGUMENT", "the model's weights are not all loaded; call finishLoading() first");
}

std::vector<int64_t> Model::ranks() {
  std::vector<int64_t> r(decoder_.layers()[0].linears().size(), 0);
  for (DecoderLayer& layer : decoder_.layers()) {
    const std::vector<LinearLayer*> linears = layer.linears();
    for (size_t i = 0; i < r.size(); ++i)
      if (linears[i]->lora) r[i] = std::max(r[i], linears[i]->lora->rank);
  }
  return r;
}

void Model::add_lora(const LoraOptions& o) {
  std::lock_guard lock(mutex_);
  require_loaded();
  if (trainables_.size() > 0) throw Error("FETTLE_INVALID_ARGUMENT", "the model already has something trainable on it");
  if (o.r < 1 || o.r > 4096) throw Error("FETTLE_INVALID_ARGUMENT", "r must be from 1 to 4096");
  std::string known;
  for (const LinearLayer* l : decoder_.layers()[0].linears())
    known += (known.empty() ? "" : ", ") + l->module.substr(l->module.rfind('.') + 1);
  for (const std::string& t : o.target_modules) {
    bool found = false;
    for (DecoderLayer& layer : decoder_.layers())
      for (const LinearLayer* l : layer.linears()) found = found || is_target(l->module, t);
    if (!found)
      throw Error("FETTLE_ADAPTER", "target module '" + t + "' is not in this model; it has " + known,
                  "name modules of this model, or all-linear");
  }
  const float scale = o.use_rslora ? o.lora_alpha / std::sqrt(float(o.r)) : o.lora_alpha / float(o.r);
  for (DecoderLayer& layer : decoder_.layers())
    for (LinearLayer* l : layer.linears()) {
      if (!is_target(l->module, o)) continue;
      l->lora = std::make_unique<LoraSite>();
      l->lora->rank = o.r;
      l->lora->scale = scale;
      l->lora->dropout = o.lora_dropout;
      std::tie(l->lora->a_index, l->lora->b_index) = add_lora_pair(trainables_, *l, o.r);
    }
  trainables_.allocate(*context_.memory);
  has_dropout_ = o.lora_dropout > 0;
  for (DecoderLayer& layer : decoder_.layers())
    for (LinearLayer* l : layer.linears()) {
      if (!l->lora) continue;
      init_lora(*l, o.seed);
    }
  drop_activations();
  refresh_copies();
}

void Model::init_lora(LinearLayer& l, uint64_t seed) {
  LoraSite& s = *l.lora;
  s.da = trainables_.grad(s.a_index);
  s.db = trainables_.grad(s.b_index);
  s.a = trainables_.param(s.a_index);
  s.b = trainables_.param(s.b_index);
  // PEFT's start: A kaiming-uniform with a = sqrt(5), that is U(-1/sqrt(in), 1/sqrt(in)); B zero
  const float bound = 1.0f / std::sqrt(float(l.in()));
  std::vector<float> a(size_t(s.a.size()));
  for (size_t i = 0; i < a.size(); i += 4) {
    const auto r = philox4x32({uint32_t(i / 4), l.site, 0x10aau, 0}, {uint32_t(seed), uint32_t(seed >> 32)});
    for (size_t j = 0; j < 4 && i + j < a.size(); ++j) a[i + j] = (2.0f * uniform01(r[j]) - 1.0f) * bound;
  }
  context_.memory->upload(s.a.data, a.data(), a.size() * 4);
  if (options_.compute != DType::BF16) return;
  const size_t a_bytes = (size_t(s.a.size()) * 2 + 255) / 256 * 256;
  s.copies = Buffer(a_bytes + size_t(s.b.size()) * 2, *context_.memory);
  s.a = matrix(s.copies.as(), DType::BF16, s.a.rows, s.a.cols);
  s.b = matrix(s.copies.as() + a_bytes, DType::BF16, s.b.rows, s.b.cols);
}

void Model::remove_lora() {
  std::lock_guard lock(mutex_);
  if (trains_all_) throw Error("FETTLE_INVALID_ARGUMENT", "the model has no LoRA adapter: all of it is trained");
  take_lora_off();
}

void Model::take_lora_off() {
  for (LinearLayer* l : linears()) l->lora.reset();
  trainables_ = {};
  optimizer_ = {};
  drop_activations();
  has_dropout_ = false;
}

std::vector<LinearLayer*> Model::linears() {
  std::vector<LinearLayer*> all;
  for (DecoderLayer& layer : decoder_.layers())
    for (LinearLayer* l : layer.linears()) all.push_back(l);
  return all;
}

int32_t Model::keep_lora() {
  std::lock_guard lock(mutex_);
  if (trains_all_ || trainables_.size() == 0) throw Error("FETTLE_INVALID_ARGUMENT", "the model has no LoRA adapter to keep");
  const int32_t adapter = adapters_.add(linears(), trainables_, options_.compute);
  take_lora_off();
  return adapter;
}

void Model::drop_adapter(int32_t adapter) {
  std::lock_guard lock(mutex_);
  adapters_.remove(adapter);
}

void Model::train_all() {
  std::lock_guard lock(mutex_);
  require_loaded();
  if (trainables_.size() > 0) throw Error("FETTLE_INVALID_ARGUMENT", "the model already has something trainable on it");
  for (const auto& p : parameters_.list())
    if (p->value.dtype == DType::NF4)
      throw Error("FETTLE_INVALID_ARGUMENT", "full fine-tuning needs weights that are not quantized", "set quantization: none");
  for (auto& p : parameters_.list()) p->trained = trainables_.add(p->name, p->shape);
  trainables_.allocate(*context_.memory);
  for (auto& p : parameters_.list()) {
    const Tensor master = trainables_.param(p->trained);
    p->grad = trainables_.grad(p->trained);
    run(context_, Cast{.x = p->value, .y = master});
    if (options_.compute == DType::BF16 && p->shape.size() == 2) continue;  // its memory stays, as the bf16 copy
    p->value = master;
    p->memory = Buffer();
  }
  trains_all_ = true;
  drop_activations();
  refresh_copies();
}

void Model::refresh_copies() {
  for (DecoderLayer& layer : decoder_.layers())
    for (LinearLayer* l : layer.linears()) {
      if (!l->lora || !l->lora->copies) continue;
      run(context_, Cast{.x = trainables_.param(l->lora->a_index), .y = l->lora->a});
      run(context_, Cast{.x = trainables_.param(l->lora->b_index), .y = l->lora->b});
    }
  if (!trains_all_) return;
  for (auto& p : parameters_.list())
    if (p->memory) run(context_, Cast{.x = trainables_.param(p->trained), .y = p->value});
}

void Model::read_trainables(const std::string& kind, float* out, int64_t offset, int64_t count) {
  std::lock_guard lock(mutex_);
  trainables_.read(kind, out, offset, count);
}

void Model::write_trainables(const std::string& kind, const float* values, int64_t offset, int64_t count) {
  std::lock_guard lock(mutex_);
  trainables_.write(kind, values, offset, count);
  if (kind == "param") refresh_copies();
}

void Model::set_checkpointing(Checkpointing mode) {
  std::lock_guard lock(mutex_);
  if (mode != checkpointing_) drop_activations();
  checkpointing_ = mode;
}

void Model::drop_activations() {
  graphs_.clear();
  training_ = {};
  inference_ = {};
  arena_ = {};
}

void Model::ensure(Activations& a, int64_t tokens, bool training) {
  if (a.tokens >= tokens) return;
  const PassShape shape{tokens, training, checkpointing_, ranks(), has_dropout_, context_.memory->on_host(), adapters_.rank()};
  try {
    if (!arena_.place(*context_.memory, [&](Arena& arena) { a.lay_out(arena, config(), options_.compute, shape); })) return;
  } catch (...) {
    drop_activations();  // the old block is gone already
    throw;
  }
  (&a == &training_ ? inference_ : training_) = {};
  graphs_.clear();
}

void Model::reserve(int64_t tokens) {
  std::lock_guard lock(mutex_);
  if (tokens < 1) throw Error("FETTLE_INVALID_ARGUMENT", "reserve needs at least 1 token, found " + std::to_string(tokens));
  if (training_.tokens > rounded_tokens(tokens)) drop_activations();
  ensure(inference_, tokens, false);
  ensure(training_, tokens, true);
  if (trainables_.size() > 0) optimizer();
  if (decoder_.reserve_positions(tokens)) graphs_.clear();
  staging_.reserve(tokens);
  record_.reserve(tokens);
}

BatchLoss Model::evaluate(Batch& batch) {
  std::lock_guard lock(mutex_);
  require_loaded();
  batch.prepare(config().vocab_size, config().max_positions);
  const TokenInputs in = infer(batch, nullptr);
  Watch off;
  const Tensor losses = head_.run_loss(in, inference_, false, 1.0f, off);
  std::vector<float> values(size_t(losses.cols));
  if (!values.empty()) context_.memory->download(values.data(), losses.data, values.size() * sizeof(float));
  return sum_losses(batch.supervised, values.data());
}

void Model::logits(Batch& batch, float* out) {
  std::lock_guard lock(mutex_);
  require_loaded();
  batch.prepare(config().vocab_size, config().max_positions);
  infer(batch, nullptr);
  download_logits(0, batch.tokens(), out);
}

void Model::mean_hidden(Batch& batch, int32_t depth, float* out) {
  std::lock_guard lock(mutex_);
  require_loaded();
  if (depth < 1 || depth > config().num_layers)
    throw Error("FETTLE_INVALID_ARGUMENT",
                "expected 1 to " + std::to_string(config().num_layers) + " layers, got " + std::to_string(depth));
  batch.prepare(config().vocab_size, config().max_positions);
  infer(batch, nullptr, size_t(depth));
  const int64_t h = config().hidden_size, chunk = inference_.head.logits.rows;
  std::fill_n(out, batch.sequences() * h, 0.0f);
  std::vector<uint8_t> states;
  int64_t s = 0;
  for (int64_t first = 0; first < batch.tokens(); first += chunk) {
    const int64_t n = std::min(chunk, batch.tokens() - first);
    const Tensor normed = head_.normed(inference_, first, n);
    states.resize(size_t(n * normed.ld) * element_size(normed.dtype));
    context_.memory->download(states.data(), normed.data, states.size());
    Tensor host = normed;
    host.data = states.data();
    for (int64_t t = 0; t < n; ++t) {
      while (first + t >= batch.cu[s + 1]) ++s;
      const float share = 1.0f / float(batch.cu[s + 1] - batch.cu[s]);
      for (int64_t c = 0; c < h; ++c)
        out[s * h + c] += share * (host.dtype == DType::F32 ? host.row<float>(t)[c] : to_float(host.row<bf16>(t)[c]));
    }
  }
}

TokenInputs Model::infer(const Batch& batch, const KvPool* pool, size_t depth) {
  ensure(inference_, batch.tokens(), false);
  TokenInputs in = staging_.place(batch);
  in.adapters.scales = adapters_.scales();
  Watch off;
  decoder_.forward(in, inference_, pool, off, depth);
  return in;
}

void Model::download_logits(int64_t first, int64_t rows, float* out) {
  const int64_t v = config().vocab_size, chunk = inference_.head.logits.rows;
  const bool host = context_.memory->on_host();
  for (int64_t t = 0; t < rows; t += chunk) {
    const int64_t n = std::min(chunk, rows - t);
    const Tensor logits = host ? matrix(out + t * v, DType::F32, n, v) : inference_.head.logits.slice(0, n);
    head_.logits(inference_, first + t, logits);
    if (!host) context_.memory->download(out + t * v, logits.data, size_t(n * v) * 4);
  }
}

std::unique_ptr<Generation> Model::new_generation(int64_t tokens, int64_t sequences) {
  return std::make_unique<Generation>(*context_.memory, config(), options_.compute, tokens, sequences);
}

std::vector<int32_t> Model::step(Generation& generation, const std::vector<SequenceInput>& inputs, float* logits_out) {
  std::lock_guard lock(mutex_);
  require_loaded();
  for (const SequenceInput& input : inputs)
    if (input.adapter != SequenceInput::kNoAdapter && !adapters_.has(input.adapter))
      throw Error("FETTLE_INVALID_ARGUMENT", "the model keeps no adapter " + std::to_string(input.adapter));
  std::vector<int32_t> next(inputs.size());
  for (const Generation::Pass& pass : generation.plan(inputs)) draw(pass, infer(pass.batch, &generation.pool()), logits_out, next);
  return next;
}

void Model::draw(const Generation::Pass& pass, const TokenInputs& in, float* logits_out, std::vector<int32_t>& next) {
  const HeadActivations& head = inference_.head;
  const int64_t v = config().vocab_size, rows = int64_t(pass.inputs.size()), chunk = head.logits.rows;
  for (int64_t first = 0; first < rows; first += chunk) {
    const Tensor logits = head.logits.slice(0, std::min(chunk, rows - first));
    const auto part = [&](const Tensor& t) { return t.columns(first, logits.rows); };
    head_.logits_at(inference_, part(in.target_rows), logits);
    run(context_, Sample{.logits = logits,
                         .temperature = part(in.draw.temperature),
                         .top_k = part(in.draw.top_k),
                         .top_p = part(in.draw.top_p),
                         .seed = in.draw.seed.slice(first, logits.rows),
                         .position = part(in.draw.position),
                         .id = part(head.ids)});
    for (int64_t i = 0; logits_out && i < logits.rows; ++i)
      context_.memory->download(logits_out + int64_t(pass.inputs[size_t(first + i)]) * v, logits.row<float>(i), size_t(v) * sizeof(float));
  }
  std::vector<int32_t> ids(size_t(rows), 0);
  if (rows > 0) context_.memory->download(ids.data(), head.ids.data, ids.size() * sizeof(int32_t));
  for (size_t i = 0; i < ids.size(); ++i) next[pass.inputs[i]] = ids[i];
}

void Model::set_profiling(bool on) {
  std::lock_guard lock(mutex_);
  if (!profiler_) profiler_ = std::make_unique<Profiler>(*context_.backend);
  context_.backend = on ? profiler_.get() : &profiler_->inner();
}

std::vector<OpTiming> Model::take_profile() {
  std::lock_guard lock(mutex_);
  return profiler_ ? profiler_->take() : std::vector<OpTiming>{};
}

int64_t Model::graph_launches() {
  std::lock_guard lock(mutex_);
  return graphs_.launches();
}

std::map<std::string, size_t> Model::memory() {
  std::lock_guard lock(mutex_);
  return {{"weights", parameters_.bytes()},
          {"trainables", trainables_.bytes() + optimizer_.bytes()},
          {"adapters", adapters_.bytes()},
          {"activations", arena_.bytes()}};
}

}  // namespace fettle
