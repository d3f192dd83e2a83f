#pragma once
#include <string>
#include <utility>
#include <vector>

#include "model/linear_layer.h"
#include "model/trainables.h"

namespace fettle {

struct LoraOptions {
  int64_t r = 16;
  float lora_alpha = 32, lora_dropout = 0;
  bool use_rslora = false;
  std::vector<std::string> target_modules;
  uint64_t seed = 0;
};

/// PEFT's rule: a target is a module's whole name or its end after a dot.
bool is_target(const std::string& module, const std::string& target);
bool is_target(const std::string& module, const LoraOptions& options);

/// Adds A [r, in] and B [out, r] of a linear; gives their places.
std::pair<int, int> add_lora_pair(Trainables& trainables, const LinearLayer& linear, int64_t r);

}  // namespace fettle
