#include "model/rope_cache.h"

#include <cmath>
#include <vector>

namespace fettle {

bool RopeCache::ensure(int64_t positions) {
  if (positions <= positions_) return false;
  positions_ = (positions + 255) / 256 * 256;
  for (size_t i = 0; i < tables_.size(); ++i) {
    const RopeTable& t = config_.rope_tables[i];
    const int64_t half = int64_t(t.inv_freq.size());
    Table& out = tables_[i];
    out.memory = Buffer(size_t(positions_ * half) * 8, memory_);
    out.cos = matrix(out.memory.as<float>(), DType::F32, positions_, half);
    out.sin = matrix(out.memory.as<float>() + positions_ * half, DType::F32, positions_, half);
    std::vector<float> values(size_t(positions_ * half) * 2);
    float* cos = values.data();
    float* sin = cos + positions_ * half;
    for (int64_t p = 0; p < positions_; ++p)
      for (int64_t j = 0; j < half; ++j) {
        const float angle = float(p) * t.inv_freq[j];  // fp32, as Hugging Face computes it
        cos[p * half + j] = std::cos(angle) * t.attention_scaling;
        sin[p * half + j] = std::sin(angle) * t.attention_scaling;
      }
    memory_.upload(out.memory.as(), values.data(), values.size() * 4);
  }
  return true;
}

}  // namespace fettle
