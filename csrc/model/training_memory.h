#pragma once
#include <optional>

#include "model/decoder.h"
#include "model/lora.h"
#include "model/optimizer_state.h"

namespace fettle {

/// What training would be: of LoRA, or of all weights.
struct TrainingRequest {
  int64_t tokens = 0;  // of the largest micro-batch
  Checkpointing mode = Checkpointing::None;
  Optimizer optimizer = Optimizer::AdamW;
  std::optional<LoraOptions> lora;
  bool stored_bf16 = false;  // the type of the files, for weights that are not loaded yet
};

/// Bytes by purpose. Trainables are parameters, gradients and moments, with the copies that products read.
struct TrainingMemory {
  size_t weights = 0, trainables = 0, activations = 0;
};

/// What training takes, found by the same layouts that it will be made of. Weights that are not loaded yet count as they will be.
TrainingMemory training_memory(Decoder& decoder, const Parameters& parameters, const ParameterOptions& options,
                               const TrainingRequest& request);

}  // namespace fettle
