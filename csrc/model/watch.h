#pragma once
#include <cmath>
#include <string>

#include "core/bf16.h"
#include "core/tensor.h"

namespace fettle {

/// Finds the first tensor that holds a NaN or an infinity; off (and free) unless `active`.
struct Watch {
  bool active = false;
  std::string first;

  void see(const char* what, int layer, const Tensor& t) {
    if (!active || !first.empty() || !t || !bad(t)) return;
    first = layer < 0 ? what : "model.layers." + std::to_string(layer) + "." + what;
  }
  static bool bad(const Tensor& t) {
    for (int64_t r = 0; r < t.rows; ++r)
      for (int64_t i = 0; i < t.cols; ++i) {
        const float v = t.dtype == DType::F32 ? t.row<float>(r)[i] : to_float(t.row<bf16>(r)[i]);
        if (!std::isfinite(v)) return true;
      }
    return false;
  }
};

}  // namespace fettle
