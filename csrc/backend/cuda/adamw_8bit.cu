#include "backend/cuda/adam_step.h"
#include "backend/cuda/device.h"
#include "backend/cuda/device/dynamic_map.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "core/nf4.h"
#include "ops/adamw_8bit.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32;
constexpr int kBlock = 256;  // moments of a scale

/// One kind of moment of all parameters.
struct Moments {
  uint8_t* codes;
  float* absmax;
};

/// Quantizes a warp's block; each lane has two runs of four.
template <bool Whole>
__device__ void encode(const float (&values)[2][4], const Moments& to, const Midpoints& midpoints, int64_t block, int64_t i, int64_t n) {
  float highest = 0;
#pragma unroll
  for (int half = 0; half < 2; ++half)
#pragma unroll
    for (float value : values[half]) highest = fmaxf(highest, fabsf(value));
  highest = warp_max(highest);
  if (threadIdx.x % 32 == 0) to.absmax[block] = highest;
  const float reciprocal = __fdiv_rn(1.0f, fmaxf(highest, 1e-38f));
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    uint32_t code[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) code[j] = midpoints.nearest(__fmul_rn(values[half][j], reciprocal));
    write_codes<Whole>(to.codes, i + 128 * half, n, code);
  }
}

// A warp takes a block. 16.03 bytes a parameter. Without a number of blocks, ptxas spills for one more of them (sm_86, sm_89)
template <bool Whole>
__global__ void __launch_bounds__(kThreads, 3)
    adamw_8bit(AdamStep step, const __grid_constant__ DynamicMap map, const __grid_constant__ DynamicMap map_sq, float* param,
               const float* grad, Moments exp_avg, Moments exp_avg_sq, int64_t n) {
  FETTLE_SHARED(shared);
  float* value = reinterpret_cast<float*>(shared);  // [256]
  float* value_sq = value + 256;
  const Midpoints midpoints{value + 512}, midpoints_sq{value + 768};
  for (int i = threadIdx.x; i < 256; i += kThreads) value[i] = map.value[i], value_sq[i] = map_sq.value[i];
  midpoints.fill(map, kThreads);
  midpoints_sq.fill(map_sq, kThreads);
  __syncthreads();
  const int64_t block = int64_t(blockIdx.x) * kWarps + threadIdx.x / 32, first = block * kBlock + threadIdx.x % 32 * 4;
  const float grad_scale = *step.grad_scale;
  if (block * kBlock >= n || !isfinite(grad_scale)) return;
  const float absmax = exp_avg.absmax[block], absmax_sq = exp_avg_sq.absmax[block];
  float m[2][4], v[2][4];
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int64_t i = first + 128 * half;
    uint32_t code[4], code_sq[4];
    float p[4] = {}, g[4] = {};
    read_codes<Whole>(code, exp_avg.codes, i, n);
    read_codes<Whole>(code_sq, exp_avg_sq.codes, i, n);
    if (i < n) {
      read_vector<Whole>(p, param, i, n);
      read_vector<Whole>(g, grad, i, n);
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      m[half][j] = i + j < n ? __fmul_rn(value[code[j]], absmax) : 0.0f;
      v[half][j] = i + j < n ? __fmul_rn(value_sq[code_sq[j]], absmax_sq) : 0.0f;
      step.apply(p[j], g[j] * grad_scale, m[half][j], v[half][j]);
    }
    if (i < n) write_vector<Whole>(param, i, n, p);
  }
  encode<Whole>(m, exp_avg, midpoints, block, first, n);
  encode<Whole>(v, exp_avg_sq, midpoints_sq, block, first, n);
}

}  // namespace

void run(Device& device, const AdamW8bit& op) {
  const int64_t n = op.param.cols, warps = (n + kBlock - 1) / kBlock;
  if (n == 0) return;
  const bool whole = whole_vectors(4, op.param, op.grad) && rows_aligned(op.exp_avg, op.exp_avg_sq);
  with_bool(whole, [&](auto w) {
    launch(device, op.name, adamw_8bit<w.value>, dim3(unsigned((warps + kWarps - 1) / kWarps)), kThreads, 4 * Midpoints::kBytes,
           AdamStep(op), DynamicMap(signed_dynamic_map()), DynamicMap(unsigned_dynamic_map()), op.param.as<float>(),
           op.grad.as<const float>(), Moments{op.exp_avg.as<uint8_t>(), op.absmax.as<float>()},
           Moments{op.exp_avg_sq.as<uint8_t>(), op.absmax_sq.as<float>()}, n);
  });
}

}  // namespace fettle::cuda
