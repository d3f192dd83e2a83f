#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "core/sampling.h"
#include "primitives.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 512, kWarps = kThreads / 32;
constexpr int kDigitBits = 4, kDigits = 1 << kDigitBits;

struct SampleArguments {
  Rows<const float> logits;
  const float *temperature, *top_p;
  const int32_t *top_k, *position;
  Rows<const uint32_t> seed;
  int32_t* id;
  int vocab;
};

__device__ uint64_t largest_of_warp(uint64_t v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v = max(v, shuffle_xor(v, mask));
  return v;
}
__device__ uint64_t sum_of_warp(uint64_t v) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v += shuffle_xor(v, mask);
  return v;
}
/// The sum of the lanes up to this one.
__device__ uint64_t sum_through(uint64_t v, int lane) {
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const uint64_t before = shuffle(v, lane - step);
    if (lane >= step) v += before;
  }
  return v;
}

/// A block's row. Each warp has a run of ids, so that sums in order of ids are sums in order of warps, then of lanes.
class SampledRow {
 public:
  __device__ SampledRow(const float* logits, int vocab, uint64_t* shared) : logits_(logits), shared_(shared) {
    const int each = ((vocab + kWarps - 1) / kWarps + 31) / 32 * 32;
    first_ = min(vocab, warp_ * each);
    end_ = min(vocab, first_ + each);
  }

  /// The largest `ranked` of all ids.
  __device__ uint64_t best() {
    uint64_t most = 0;
    for (int i = first_ + lane_; i < end_; i += 32) most = max(most, ranked(logit_key(logits_[i]), uint32_t(i)));
    share(largest_of_warp(most));
    most = 0;
    for (int w = 0; w < kWarps; ++w) most = max(most, shared_[w]);
    return most;
  }

  /// See key_that_reaches() of the CPU's: a digit a pass, each thread with a sum for each value of the digit. amount(key, logit).
  template <class Amount>
  __device__ uint32_t key_that_reaches(uint64_t target, uint64_t& above, const Amount& amount) {
    uint32_t prefix = 0;
    above = 0;
#pragma unroll 1
    for (int shift = 32 - kDigitBits; shift >= 0; shift -= kDigitBits) {
      uint64_t sums[kDigits] = {};
      for (int i = first_ + lane_; i < end_; i += 32) {
        const float logit = logits_[i];
        const uint32_t key = logit_key(logit);
        if (uint64_t(key ^ prefix) >> (shift + kDigitBits) != 0) continue;
        const uint64_t value = amount(key, logit);
#pragma unroll
        for (int d = 0; d < kDigits; ++d) sums[d] += (key >> shift) % kDigits == uint32_t(d) ? value : 0;
      }
      __syncthreads();
#pragma unroll
      for (int d = 0; d < kDigits; ++d) {
        const uint64_t sum = sum_of_warp(sums[d]);
        if (lane_ == 0) shared_[d * kWarps + warp_] = sum;
      }
      __syncthreads();
      int digit = kDigits - 1;
      for (; digit > 0; --digit) {
        const uint64_t sum = total_of(digit);
        if (above + sum >= target) break;
        above += sum;
      }
      prefix |= uint32_t(digit) << shift;
    }
    return prefix;
  }

  /// From now on only these.
  __device__ void keep(KeptLogits kept) {
    kept_ = kept;
    uint64_t ties = 0;
    for (int i = first_ + lane_; i < end_; i += 32) ties += logit_key(logits_[i]) == kept.key;
    share(sum_of_warp(ties));
    ties_before_ = 0;
    for (int w = 0; w < warp_; ++w) ties_before_ += uint32_t(shared_[w]);
  }
  __device__ uint64_t total(const LogitWeights& weight) {
    uint64_t sum = 0;
    each_chunk([&](int, uint64_t w) { sum += w; }, weight);
    share(sum_of_warp(sum));
    return total_of(0);
  }
  /// After total(): the id at which the running sum of weights exceeds `at`, in one thread of the block; -1 in all others.
  __device__ int find(uint64_t at, const LogitWeights& weight) {
    uint64_t before = 0;
    for (int w = 0; w < warp_; ++w) before += shared_[w];
    int found = -1;
    each_chunk(
        [&](int i, uint64_t w) {
          const uint64_t through = before + sum_through(w, lane_);
          if (at < through && at >= through - w) found = i;
          before = shuffle(through, 31);
        },
        weight);
    return found;
  }

 private:
  /// A number of each warp for all.
  __device__ void share(uint64_t of_warp) {
    __syncthreads();
    if (lane_ == 0) shared_[warp_] = of_warp;
    __syncthreads();
  }
  __device__ uint64_t total_of(int row) const {
    uint64_t sum = 0;
    for (int w = 0; w < kWarps; ++w) sum += shared_[row * kWarps + w];
    return sum;
  }
  /// Calls f(id, weight) in all lanes at once, the warp's ids in order; weight 0 for what is not kept.
  template <class F>
  __device__ void each_chunk(F&& f, const LogitWeights& weight) {
    uint32_t ties = ties_before_;
    for (int first = first_; first < end_; first += 32) {
      const int i = first + lane_;
      const bool there = i < end_;
      const float logit = there ? logits_[i] : 0.0f;
      const uint32_t key = logit_key(logit), tied = ballot(there && key == kept_.key);
      const uint32_t rank = ties + uint32_t(__popc(tied & ((1u << lane_) - 1)));
      const bool kept = there && (key > kept_.key || (key == kept_.key && rank < kept_.ties));
      f(i, kept ? weight(logit) : 0);
      ties += uint32_t(__popc(tied));
    }
  }

  const float* logits_;
  uint64_t* shared_;  // [kDigits][kWarps]
  int lane_ = int(threadIdx.x) % 32, warp_ = int(threadIdx.x) / 32;
  int first_, end_;
  KeptLogits kept_;
  uint32_t ties_before_ = 0;
};

constexpr size_t kSharedBytes = kDigits * kWarps * sizeof(uint64_t);

// A block takes a row. bytes: the logits once, then from L2: twice more, and eight times for each of top_k and top_p
__global__ void __launch_bounds__(kThreads) sample(const __grid_constant__ SampleArguments a) {
  FETTLE_SHARED(shared);
  const int row = int(blockIdx.x);
  const float* logits = a.logits.row(row);
  const float temperature = a.temperature[row], top_p = a.top_p[row];
  const uint32_t top_k = uint32_t(a.top_k[row]);
  SampledRow tokens(logits, a.vocab, reinterpret_cast<uint64_t*>(shared));
  const int best = int(id_of_rank(tokens.best()));
  uint64_t total = 0, above;
  const LogitWeights weight(logits[best], temperature);
  if (temperature > 0) {
    KeptLogits kept;
    if (top_k > 0 && top_k < uint32_t(a.vocab)) {
      const uint32_t key = tokens.key_that_reaches(top_k, above, [](uint32_t, float) { return uint64_t(1); });
      kept = kept_from(key, above, top_k, 1);
      tokens.keep(kept);
    }
    total = tokens.total(weight);
    if (top_p < 1 && total > 0) {
      const uint64_t target = share_of_total(top_p, total);
      const uint32_t key =
          tokens.key_that_reaches(target, above, [&](uint32_t k, float logit) { return k < kept.key ? uint64_t(0) : weight(logit); });
      tokens.keep(kept_from(key, above, target, weight(logit_of_key(key))));
      total = tokens.total(weight);
    }
  }
  if (total == 0) {
    if (threadIdx.x == 0) a.id[row] = best;
    return;
  }
  const uint32_t* seed = a.seed.row(row);
  const int found = tokens.find(scaled_random(token_random(seed[0], seed[1], uint32_t(a.position[row])), total), weight);
  if (found >= 0) a.id[row] = found;
}

}  // namespace

void run(Device& device, const Sample& op) {
  if (op.logits.rows == 0) return;
  const SampleArguments a{
      rows_of<const float>(op.logits), op.temperature.as<const float>(), op.top_p.as<const float>(), op.top_k.as<const int32_t>(),
      op.position.as<const int32_t>(), rows_of<const uint32_t>(op.seed), op.id.as<int32_t>(),        int(op.logits.cols)};
  launch(device, op.name, sample, dim3(unsigned(op.logits.rows)), dim3(kThreads), kSharedBytes, a);
}

}  // namespace fettle::cuda
