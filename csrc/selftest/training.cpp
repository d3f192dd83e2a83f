#include "selftest/training.h"

#include <cmath>

#include "model/model.h"

namespace fettle::selftest {
namespace {

constexpr int kSteps = 4;

DecoderConfig small_decoder() {
  DecoderConfig c;
  c.vocab_size = 300;
  c.hidden_size = 64;
  c.intermediate_size = 160;
  c.num_layers = 2;
  c.num_heads = 4;
  c.num_kv_heads = 2;
  c.head_dim = 16;
  c.max_positions = 128;
  c.rms_norm_eps = 1e-5f;
  c.attention_scale = 0.25f;
  c.sliding_window = {0, 16};
  RopeTable table;
  for (int i = 0; i < 8; ++i) table.inv_freq.push_back(std::pow(10000.0f, -float(i) / 8));
  table.attention_scaling = 1;
  c.rope_tables = {table};
  c.rope_of_layer = {0, 0};
  c.embedding_scale = 1;
  c.tie_word_embeddings = true;
  return c;
}

struct Curve {
  std::vector<double> losses, norms;
  std::vector<float> params;
};

Curve train(const Context& host, const Context& device, float dropout) {
  const DecoderConfig config = small_decoder();
  Model model(config, {.nf4 = true, .compute = DType::BF16}, host, device);
  uint64_t seed = 1;
  for (const auto& p : model.parameters().list())
    model.load(p->name, RandomWeight{seed++, p->shape.size() == 1 ? 1.0f : 0.0f, p->shape.size() == 1 ? 0.0f : 0.1f});
  model.finish_loading();
  model.add_lora({.r = 8,
                  .lora_alpha = 16,
                  .lora_dropout = dropout,
                  .use_rslora = false,
                  .target_modules = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"},
                  .seed = 3});
  model.reserve(128);
  Curve curve;
  for (int32_t step = 1; step <= kSteps; ++step) {
    model.zero_grad();
    for (int micro = 0; micro < 2; ++micro) {
      Batch batch;
      const int32_t tokens = 50 + 3 * step;
      for (int32_t i = 0; i < tokens; ++i) batch.ids.push_back((i * 37 + 11 * micro) % 90);
      batch.cu = {0, 21, tokens};
      batch.labels = batch.ids;
      model.forward_backward(batch, {.loss_scale = 0.01f, .seed = 5, .step = uint32_t(step)});
    }
    const StepResult made = model.optimizer_step({.learning_rate = 5e-3f,
                                                  .beta1 = 0.9f,
                                                  .beta2 = 0.999f,
                                                  .epsilon = 1e-8f,
                                                  .weight_decay = 0.01f,
                                                  .step = step,
                                                  .max_grad_norm = 1.0});
    double sum = 0;
    for (double loss : made.losses.loss_sum) sum += loss;
    curve.losses.push_back(sum);
    curve.norms.push_back(made.grad_norm);
  }
  curve.params.resize(size_t(model.trainables().size()));
  model.read_trainables("param", curve.params.data(), 0, int64_t(curve.params.size()));
  return curve;
}

}  // namespace

void training_cases(Judge& judge, const Context& host) {
  for (float dropout : {0.0f, 0.1f}) {
    Outcome outcome{"training", dropout > 0 ? "LoRA on NF4, dropout" : "LoRA on NF4", 0, ""};
    try {
      const Curve there = train(host, judge.device(), dropout), here = train(host, host, dropout);
      for (int i = 0; i < kSteps; ++i) {
        const double loss = std::fabs(there.losses[size_t(i)] / here.losses[size_t(i)] - 1);
        const double norm = std::fabs(there.norms[size_t(i)] / here.norms[size_t(i)] - 1);
        outcome.error = std::max({outcome.error, loss, norm});
        if (!(loss < 0.01) || !(norm < 0.05))
          outcome.problem = "step " + std::to_string(i + 1) + ": loss off by " + std::to_string(loss) + ", gradient norm by " +
                            std::to_string(norm) + ", of the CPU's";
      }
      if (outcome.problem.empty() && train(host, judge.device(), dropout).params != there.params)
        outcome.problem = "a second run gave other bits";
    } catch (const std::exception& e) {
      outcome.problem = e.what();
    }
    judge.add(outcome);
  }
}

}  // namespace fettle::selftest
