#pragma once
// The objects of src/native/types.ts, read into the engine's structs.
#include <napi.h>

#include "model/model.h"

namespace fettle::napi {

DecoderConfig read_config(const Napi::Object& o);
StoredTensor read_stored_tensor(const Napi::Object& o);
StoredNf4 read_stored_nf4(const Napi::Object& o);
RandomWeight read_random_weight(const Napi::Object& o);
LoraOptions read_lora_options(const Napi::Object& o);
TrainingRequest read_training_request(const Napi::Object& o);
Batch read_batch(const Napi::Object& o);
TrainBatchOptions read_train_batch_options(const Napi::Object& o);
AdamWOptions read_adamw_options(const Napi::Object& o);
std::vector<SequenceInput> read_sequence_inputs(const Napi::Array& list);

}  // namespace fettle::napi
