#include "model/training_memory.h"

namespace fettle {

TrainingMemory training_memory(Decoder& decoder, const Parameters& parameters, const ParameterOptions& options,
                               const TrainingRequest& request) {
  TrainingMemory m;
  Trainables trainables;
  const bool bf16 = options.compute == DType::BF16;
  for (const auto& p : parameters.list()) {
    const bool trained_in_place = !request.lora && !(bf16 && p->shape.size() == 2);
    if (!trained_in_place) m.weights += parameters.bytes(*p, request.stored_bf16);
    if (!request.lora) trainables.add(p->name, p->shape);
  }
  PassShape shape{request.tokens, true, request.mode, {}, request.lora && request.lora->lora_dropout > 0, decoder.memory().on_host()};
  for (DecoderLayer& layer : decoder.layers()) {
    const std::vector<LinearLayer*> linears = layer.linears();
    shape.ranks.resize(linears.size());
    for (size_t i = 0; i < linears.size(); ++i) {
      const LinearLayer& l = *linears[i];
      if (!request.lora || !is_target(l.module, *request.lora)) continue;
      shape.ranks[i] = request.lora->r;
      add_lora_pair(trainables, l, request.lora->r);
      if (bf16) m.trainables += size_t(request.lora->r * (l.in() + l.out())) * 2;
    }
  }
  m.trainables += trainables.bytes() + OptimizerState::bytes(request.optimizer, trainables, decoder.memory());
  m.activations = Arena::measure([&](Arena& arena) { Activations().lay_out(arena, decoder.config(), options.compute, shape); });
  return m;
}

}  // namespace fettle
