#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "core/bf16.h"
#include "core/memory.h"
#include "core/tensor.h"

namespace fettle {

/// Finds the first tensor that holds a NaN or an infinity; off (and free) unless `active`.
struct Watch {
  bool active = false;
  std::string first;
  Memory* memory = &host_memory();

  void see(const char* what, int layer, const Tensor& t) {
    if (!active || !first.empty() || !t || !bad(t, *memory)) return;
    first = layer < 0 ? what : "model.layers." + std::to_string(layer) + "." + what;
  }
  static bool bad(const Tensor& t, Memory& memory) {
    const size_t row_bytes = size_t(t.cols) * element_size(t.dtype);
    std::vector<uint8_t> row(row_bytes);
    for (int64_t r = 0; r < t.rows; ++r) {
      memory.download(row.data(), t.slice(r, 1).data, row_bytes);
      for (int64_t i = 0; i < t.cols; ++i) {
        const float v =
            t.dtype == DType::F32 ? reinterpret_cast<const float*>(row.data())[i] : to_float(reinterpret_cast<const bf16*>(row.data())[i]);
        if (!std::isfinite(v)) return true;
      }
    }
    return false;
  }
};

}  // namespace fettle
