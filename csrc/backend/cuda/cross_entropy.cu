#include "backend/cuda/device.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

// A row's second reading comes from L2 while few rows are on their way: large blocks where rows are long.
constexpr int kShortRow = 4096, kFewThreads = 128, kManyThreads = 1024;
constexpr float kLog2E = 1.4426950408889634f;
constexpr float kLowest = -INFINITY;

/// The largest logit seen, and the sum over the others-than-the-target of exp(z - highest). The target stays out so that the gradient at
/// it, p - 1 = -others / total, and a small loss keep their digits.
struct Softmax {
  float highest = kLowest, others = 0;

  __device__ void raise(float to) {
    if (to > highest) others *= highest == kLowest ? 0.0f : exp2_approx((highest - to) * kLog2E), highest = to;
  }
  __device__ void merge(float other_highest, float other_sum) {
    raise(other_highest);
    if (other_highest > kLowest)
      others += other_sum * exp2_approx((other_highest - highest) * kLog2E);
    else
      others += other_sum;  // 0, or the NaN of a part that held nothing else
  }
};

/// exp(z - highest), 0 where z is -infinity.
__device__ inline float exp_below(float z, float highest) { return exp2_approx((z - (highest == kLowest ? 0.0f : highest)) * kLog2E); }

/// z = cap * tanh(logit / cap), or the logit itself.
template <bool Capped>
struct SoftCapped {
  float cap, inverse;
  explicit SoftCapped(float value) : cap(value), inverse(1 / value) {}
  __device__ float operator()(float logit) const {
    if (!Capped) return logit;
    return cap * (1.0f - 2.0f * __frcp_rn(exp2_approx(logit * inverse * (2 * kLog2E)) + 1.0f));
  }
  /// d z / d logit.
  __device__ float slope(float z) const { return Capped ? 1.0f - (z * inverse) * (z * inverse) : 1.0f; }
};

// A block takes a row: one pass for the softmax's sum (Milakov & Gimelshein 2018), one for the gradient, which may overwrite the logits.
// bytes an element: 4, and for the gradient 4 again, from L2, and its own
template <class T, int Threads, bool Capped, bool Whole>
__global__ void __launch_bounds__(Threads) cross_entropy(Rows<const float> logits, const int32_t* targets, float* loss, Rows<T> dlogits,
                                                         int64_t n, float grad_scale, const SoftCapped<Capped> capped) {
  constexpr int kWarps = Threads / 32;
  FETTLE_SHARED(shared);
  float* of_warp = reinterpret_cast<float*>(shared);  // [kWarps][2]
  const int64_t row = blockIdx.x;
  const float* in = logits.row(row);
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int32_t target = targets[row];
  // read before the barrier, after which dlogits may overwrite it
  const float z_target = capped(in[target]);

  Softmax mine;
  for (int64_t i = threadIdx.x * 4; i < n; i += Threads * 4) {
    float z[4];
    read_vector<Whole>(z, in, i, n);
    float highest = kLowest;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      z[j] = i + j < n ? capped(z[j]) : kLowest;
      highest = fmaxf(highest, z[j]);
    }
    mine.raise(highest);
#pragma unroll
    for (int j = 0; j < 4; ++j)
      if (i + j != target) mine.others += exp_below(z[j], mine.highest);
  }
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) {
    const float highest = shuffle_xor(mine.highest, mask), others = shuffle_xor(mine.others, mask);
    mine.merge(highest, others);
  }
  if (lane == 0) of_warp[2 * warp] = mine.highest, of_warp[2 * warp + 1] = mine.others;
  __syncthreads();
  Softmax all;
#pragma unroll
  for (int w = 0; w < kWarps; ++w) all.merge(of_warp[2 * w], of_warp[2 * w + 1]);

  const float at_target = exp_below(z_target, all.highest), total = all.others + at_target;
  if (threadIdx.x == 0) loss[row] = z_target == all.highest ? log1pf(all.others) : (all.highest - z_target) + logf(total);
  if (!dlogits.data) return;
  T* out = dlogits.row(row);
  const float scale = grad_scale / total;
  for (int64_t i = threadIdx.x * 4; i < n; i += Threads * 4) {
    float z[4];
    read_vector<Whole>(z, in, i, n);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const float v = capped(z[j]);
      z[j] = i + j == target ? 0.0f - all.others * scale : exp_below(v, all.highest) * scale;
      if (Capped) z[j] *= capped.slope(v);
    }
    write_vector<Whole>(out, i, n, z);
  }
}

}  // namespace

void run(Device& device, const CrossEntropy& op) {
  if (op.logits.rows == 0) return;
  with_type(op.dlogits.dtype, [&](auto type) {
    using T = decltype(type);
    with_bool(op.logits.cols <= kShortRow, [&](auto is_short) {
      constexpr int kThreads = is_short.value ? kFewThreads : kManyThreads;
      with_bool(op.soft_cap > 0, [&](auto capped) {
        with_bool(whole_vectors(4, op.logits, op.dlogits), [&](auto whole) {
          launch(device, op.name, cross_entropy<T, kThreads, capped.value, whole.value>, dim3(unsigned(op.logits.rows)), kThreads,
                 2 * kThreads / 32 * sizeof(float), rows_of<const float>(op.logits), op.targets.as<const int32_t>(), op.loss.as<float>(),
                 rows_of<T>(op.dlogits), op.logits.cols, op.grad_scale, SoftCapped<capped.value>(op.soft_cap));
        });
      });
    });
  });
}

}  // namespace fettle::cuda
