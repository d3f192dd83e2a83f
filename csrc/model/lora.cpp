#include "model/lora.h"

#include <algorithm>

namespace fettle {

bool is_target(const std::string& module, const std::string& target) { return module == target || module.ends_with("." + target); }

bool is_target(const std::string& module, const LoraOptions& o) {
  return std::any_of(o.target_modules.begin(), o.target_modules.end(), [&](const std::string& t) { return is_target(module, t); });
}

std::pair<int, int> add_lora_pair(Trainables& trainables, const LinearLayer& l, int64_t r) {
  const int a = trainables.add(l.module + ".lora_A.weight", {r, l.in()});
  return {a, trainables.add(l.module + ".lora_B.weight", {l.out(), r})};
}

}  // namespace fettle
