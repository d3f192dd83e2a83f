#pragma once
// Few rows of x (decoding): each weight row is read once and dotted with every row of x, with no packing.
#include <vector>

#include "backend/cpu/dot.h"
#include "backend/cpu/row_reader.h"
#include "core/thread_pool.h"
#include "ops/linear.h"

namespace fettle::cpu::FETTLE_TIER {

inline constexpr int64_t kGemvRows = 4;

template <class T>
void gemv(Context& context, const LinearForward& op) {
  const int64_t m = op.x.rows, n = op.w.rows, k = op.w.cols;
  constexpr int64_t chunk = 16;
  context.pool->parallel_for((n + chunk - 1) / chunk, [&](int64_t task) {
    static thread_local std::vector<T> scratch;
    if (int64_t(scratch.size()) < k) scratch.resize(k);
    for (int64_t row = task * chunk; row < std::min(n, (task + 1) * chunk); ++row) {
      const T* w = read_row(op.w, row, 0, k, scratch.data());
      float product[kGemvRows];
      for (int64_t i = 0; i < m; ++i) product[i] = op.alpha * dot(op.x.row<const T>(i), w, k);
      if (op.lora_s) {
        const T* b = read_row(op.lora_b, row, 0, op.lora_b.cols, scratch.data());
        for (int64_t i = 0; i < m; ++i) product[i] += dot(op.lora_s.row<const T>(i), b, op.lora_b.cols);
      }
      for (int64_t i = 0; i < m; ++i) {
        float y = product[i] + (op.bias ? op.bias.as<const float>()[row] : 0.0f);
        if (op.y.dtype == DType::F32) {
          float* out = op.y.row<float>(i) + row;
          *out = op.accumulate ? *out + y : y;
        } else {
          bf16* out = op.y.row<bf16>(i) + row;
          *out = to_bf16(op.accumulate ? to_float(*out) + y : y);
        }
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
