#pragma once
#include "backend/cuda/gemm.h"
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// What becomes of a sum: c (+)= alpha * sum + bias, rounded once.
class GemmEpilogue {
 public:
  __device__ explicit GemmEpilogue(const GemmArguments& g) : g_(g) {}

  /// Elements (row, column) and (row, column + 1), where they are elements of c.
  __device__ void store_pair(int row, int column, float sum0, float sum1) const {
    if (row >= g_.m || column >= g_.n) return;
    const bool both = column + 1 < g_.n;
    float v0 = g_.alpha * sum0, v1 = g_.alpha * sum1;
    if (g_.bias) {
      v0 += g_.bias[column];
      if (both) v1 += g_.bias[column + 1];
    }
    const int64_t at = row * g_.c_pitch + column;
    if (g_.c_bf16) {
      bf16* c = static_cast<bf16*>(g_.c) + at;
      if (g_.c_pairs && both) {
        if (g_.accumulate) {
          const uint32_t old = *reinterpret_cast<const uint32_t*>(c);
          v0 += __uint_as_float(old << 16), v1 += __uint_as_float(old & 0xffff0000u);
        }
        *reinterpret_cast<uint32_t*>(c) = pack_bf16(v0, v1);
        return;
      }
      c[0].bits = bf16_bits(g_.accumulate ? to_float(c[0]) + v0 : v0);
      if (both) c[1].bits = bf16_bits(g_.accumulate ? to_float(c[1]) + v1 : v1);
    } else {
      float* c = static_cast<float*>(g_.c) + at;
      if (g_.c_pairs && both) {
        float2* pair = reinterpret_cast<float2*>(c);
        const float2 old = g_.accumulate ? *pair : make_float2(0.0f, 0.0f);
        *pair = make_float2(old.x + v0, old.y + v1);
        return;
      }
      c[0] = g_.accumulate ? c[0] + v0 : v0;
      if (both) c[1] = g_.accumulate ? c[1] + v1 : v1;
    }
  }

 private:
  const GemmArguments& g_;
};

}  // namespace fettle::cuda
