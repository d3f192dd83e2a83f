#include <algorithm>

#include "backend/cuda/adam_step.h"
#include "backend/cuda/device.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 256;

// 28 bytes a parameter
template <bool Whole>
__global__ void __launch_bounds__(kThreads)
    adamw(AdamStep step, float* param, const float* grad, float* exp_avg, float* exp_avg_sq, int64_t n) {
  const int64_t i = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 4;
  const float grad_scale = *step.grad_scale;
  if (i >= n || !isfinite(grad_scale)) return;
  float p[4], g[4], m[4], v[4];
  read_vector<Whole>(p, param, i, n);
  read_vector<Whole>(g, grad, i, n);
  read_vector<Whole>(m, exp_avg, i, n);
  read_vector<Whole>(v, exp_avg_sq, i, n);
#pragma unroll
  for (int j = 0; j < 4; ++j) step.apply(p[j], g[j] * grad_scale, m[j], v[j]);
  write_vector<Whole>(exp_avg, i, n, m);
  write_vector<Whole>(exp_avg_sq, i, n, v);
  write_vector<Whole>(param, i, n, p);
}

// The sum is that of the CPU, addition by addition: 16 running sums for each chunk of 65,536, the chunks in order.
constexpr int64_t kChunk = 65536;
constexpr int kSums = 16, kChunksOfWarp = 32 / kSums;

// partial[chunk]; a lane makes one running sum. Blocks of one warp: each sum is a chain, they should spread over the multiprocessors.
// 4 bytes an element
__global__ void __launch_bounds__(32) square_chunks(const float* x, int64_t n, int64_t chunks, double* partial) {
  const int lane = threadIdx.x % kSums;
  const int64_t chunk = int64_t(blockIdx.x) * kChunksOfWarp + threadIdx.x / kSums, end = min(n, (chunk + 1) * kChunk);
  double sum = 0;
#pragma unroll 32
  for (int64_t i = chunk * kChunk + lane; i < end; i += kSums) sum += double(x[i]) * double(x[i]);
  double total = 0;
#pragma unroll
  for (int j = 0; j < kSums; ++j) total += shuffle(sum, threadIdx.x / kSums * kSums + j);
  if (lane == 0 && chunk < chunks) partial[chunk] = total;
}

// out = the sum of partial, in order: the block reads ahead, its first thread adds
__global__ void __launch_bounds__(kThreads) add_chunks(const double* partial, int64_t chunks, double* out) {
  FETTLE_SHARED(shared);
  double* some = reinterpret_cast<double*>(shared);  // [kThreads]
  double total = 0;
  for (int64_t first = 0; first < chunks; first += kThreads) {
    if (first + threadIdx.x < chunks) some[threadIdx.x] = partial[first + threadIdx.x];
    __syncthreads();
    if (threadIdx.x == 0)
      for (int i = 0; i < min(int64_t(kThreads), chunks - first); ++i) total += some[i];
    __syncthreads();
  }
  if (threadIdx.x == 0) *out = total;
}

__global__ void __launch_bounds__(32) clip_factor(const double* grad_squares, const double* loss_squares, double max_norm, float* factor) {
  if (threadIdx.x > 0) return;
  const bool finite = isfinite(*grad_squares) && isfinite(*loss_squares);
  *factor = finite ? float(fmin(1.0, max_norm / (sqrt(*grad_squares) + 1e-6))) : NAN;
}

}  // namespace

void run(Device& device, const AdamW& op) {
  const int64_t n = op.param.cols;
  if (n == 0) return;
  with_bool(whole_vectors(4, op.param, op.grad, op.exp_avg, op.exp_avg_sq), [&](auto whole) {
    launch(device, op.name, adamw<whole.value>, dim3(unsigned((n + 4 * kThreads - 1) / (4 * kThreads))), kThreads, 0, AdamStep(op),
           op.param.as<float>(), op.grad.as<const float>(), op.exp_avg.as<float>(), op.exp_avg_sq.as<float>(), n);
  });
}

void run(Device& device, const SumSquares& op) {
  const int64_t n = op.x.cols, chunks = (n + kChunk - 1) / kChunk;
  double* partial = static_cast<double*>(device.scratch(size_t(std::max<int64_t>(chunks, 1)) * sizeof(double)));
  if (chunks > 0)
    launch(device, "square_chunks", square_chunks, dim3(unsigned((chunks + kChunksOfWarp - 1) / kChunksOfWarp)), 32, 0,
           op.x.as<const float>(), n, chunks, partial);
  launch(device, "add_chunks", add_chunks, 1, kThreads, kThreads * sizeof(double), partial, chunks, op.out.as<double>());
}

void run(Device& device, const ClipFactor& op) {
  launch(device, op.name, clip_factor, 1, 32, 0, op.grad_squares.as<const double>(), op.loss_squares.as<const double>(), op.max_norm,
         op.factor.as<float>());
}

}  // namespace fettle::cuda
