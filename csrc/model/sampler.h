#pragma once
#include <cstdint>
#include <vector>

namespace fettle {

struct Sampling {
  float temperature = 0.0f;  // 0 is greedy
  int32_t top_k = 0;         // 0 is off
  float top_p = 1.0f;        // 1 is off
  uint64_t seed = 0;
};

/// Draws a token from fp32 logits [V]. The random number is Philox keyed by the seed and counted by `position`, so it does not depend on
/// what else runs. Ties go to the smaller id.
int32_t sample(const float* logits, int64_t vocab, const Sampling& sampling, int64_t position);

}  // namespace fettle
