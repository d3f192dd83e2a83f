#include <algorithm>
#include <cmath>

#include "backend/cuda/device.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 256;

/// What a step is made of, corrections included.
struct AdamStep {
  float rate, decay, beta1, one_minus_beta1, beta2, one_minus_beta2, root2, epsilon, grad_scale;
};

// 28 bytes a parameter
template <bool Aligned>
__global__ void __launch_bounds__(kThreads)
    adamw(AdamStep step, float* param, const float* grad, float* exp_avg, float* exp_avg_sq, int64_t n) {
  const int64_t i = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 4;
  if (i >= n) return;
  float p[4], g[4], m[4], v[4];
  load_row<Aligned>(p, param, i, n);
  load_row<Aligned>(g, grad, i, n);
  load_row<Aligned>(m, exp_avg, i, n);
  load_row<Aligned>(v, exp_avg_sq, i, n);
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    g[j] *= step.grad_scale;
    m[j] = m[j] * step.beta1 + g[j] * step.one_minus_beta1;
    v[j] = v[j] * step.beta2 + g[j] * g[j] * step.one_minus_beta2;
    p[j] = p[j] * step.decay - step.rate * __fdiv_rn(m[j], __fsqrt_rn(v[j]) * step.root2 + step.epsilon);
  }
  store_row<Aligned>(exp_avg, i, n, m);
  store_row<Aligned>(exp_avg_sq, i, n, v);
  store_row<Aligned>(param, i, n, p);
}

// The sum is that of the CPU, addition by addition: 16 running sums for each chunk of 65,536, the chunks in order.
constexpr int64_t kChunk = 65536;
constexpr int kSums = 16, kLanes = kSums / 4;

// partial[chunk]: four lanes of four sums each take a chunk. 4 bytes an element
template <bool Aligned>
__global__ void __launch_bounds__(kThreads) square_chunks(const float* x, int64_t n, int64_t chunks, double* partial) {
  const int64_t chunk = (int64_t(blockIdx.x) * kThreads + threadIdx.x) / kLanes;
  const int lane = threadIdx.x % kLanes;
  const int64_t end = chunk < chunks ? min(n, (chunk + 1) * kChunk) : 0;
  double sums[4] = {};
#pragma unroll 8
  for (int64_t i = chunk * kChunk + lane * 4; i < end; i += kSums) {
    float v[4];
    load_row<Aligned>(v, x, i, end);
#pragma unroll
    for (int j = 0; j < 4; ++j) sums[j] += double(v[j]) * double(v[j]);
  }
  double total = 0;
#pragma unroll
  for (int j = 0; j < kSums; ++j) total += shuffle(sums[j % 4], threadIdx.x % 32 / kLanes * kLanes + j / 4);
  if (lane == 0 && chunk < chunks) partial[chunk] = total;
}

__global__ void add_chunks(const double* partial, int64_t chunks, double* out) {
  double total = 0;
  for (int64_t c = 0; c < chunks; ++c) total += partial[c];
  *out = total;
}

}  // namespace

void run(Device& device, const AdamW& op) {
  const int64_t n = op.param.cols;
  if (n == 0) return;
  const double correction1 = 1.0 - std::pow(double(op.beta1), op.step), correction2 = 1.0 - std::pow(double(op.beta2), op.step);
  const AdamStep step = {.rate = float(op.learning_rate / correction1),
                         .decay = float(1.0 - double(op.learning_rate) * op.weight_decay),
                         .beta1 = op.beta1,
                         .one_minus_beta1 = float(1.0 - double(op.beta1)),
                         .beta2 = op.beta2,
                         .one_minus_beta2 = float(1.0 - double(op.beta2)),
                         .root2 = float(1.0 / std::sqrt(correction2)),
                         .epsilon = op.epsilon,
                         .grad_scale = op.grad_scale};
  with_bool(rows_aligned(op.param, op.grad, op.exp_avg, op.exp_avg_sq), [&](auto aligned) {
    launch(device, op.name, adamw<aligned.value>, dim3(unsigned((n + 4 * kThreads - 1) / (4 * kThreads))), kThreads, 0, step,
           op.param.as<float>(), op.grad.as<const float>(), op.exp_avg.as<float>(), op.exp_avg_sq.as<float>(), n);
  });
}

void run(Device& device, const SumSquares& op) {
  const int64_t n = op.x.cols, chunks = (n + kChunk - 1) / kChunk;
  double* partial = static_cast<double*>(device.scratch(size_t(std::max<int64_t>(chunks, 1)) * sizeof(double)));
  if (chunks > 0)
    with_bool(rows_aligned(op.x), [&](auto aligned) {
      launch(device, "square_chunks", square_chunks<aligned.value>, dim3(unsigned((chunks * kLanes + kThreads - 1) / kThreads)), kThreads,
             0, op.x.as<const float>(), n, chunks, partial);
    });
  launch(device, "add_chunks", add_chunks, 1, 1, 0, partial, chunks, op.out.as<double>());
}

}  // namespace fettle::cuda
