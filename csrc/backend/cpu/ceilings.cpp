#include "backend/cpu/ceilings.h"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/buffer.h"

namespace fettle::cpu {
namespace {

using Clock = std::chrono::steady_clock;
/// Of a second; short enough to fall between what else the machine does.
constexpr double kSlice = 0.01;
/// Of each thread; several times what a core's share of the last-level cache holds.
constexpr int64_t kBytes = int64_t(128) << 20;
constexpr int64_t kRounds = 10000;
constexpr int64_t kValues = (int64_t(1) << 18) / 4;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

/// Every thread calls work(thread) again and again, which gives how much it did; one sample a slice, all threads together.
template <class Work>
Samples sample(int threads, double seconds, Work&& work) {
  const int slices = std::max(1, int(seconds / kSlice));
  std::vector<std::vector<double>> rates(threads, std::vector<double>(slices));
  std::barrier together(threads);
  auto run = [&](int thread) {
    work(thread);  // brings the clock up and touches the memory
    for (int slice = 0; slice < slices; ++slice) {
      together.arrive_and_wait();
      const Clock::time_point begun = Clock::now();
      double done = 0, took = 0;
      while ((took = seconds_since(begun)) < kSlice) done += work(thread);
      rates[thread][slice] = done / took;
    }
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(run, t);
  run(0);
  for (std::thread& t : others) t.join();
  Samples sums(slices, 0.0);
  for (const auto& of_thread : rates)
    for (int slice = 0; slice < slices; ++slice) sums[slice] += of_thread[slice];
  return sums;
}

/// Walks through a thread's memory a chunk at a time, round and round.
class Walk {
 public:
  explicit Walk(int64_t bytes) : memory_(size_t(bytes)), values_(bytes / 4) { std::memset(memory_.as(), 1, memory_.bytes()); }
  float* next() {
    at_ = at_ + 2 * kValues <= values_ ? at_ + kValues : 0;
    return memory_.as<float>() + at_;
  }

 private:
  Buffer memory_;
  int64_t values_, at_ = 0;
};

}  // namespace

Ceilings measure_ceilings(const Probe& probe, int threads, double seconds) {
  std::vector<float> sinks(size_t(threads) * 16);  // a cache line each
  Ceilings c;
  c.f32 = sample(threads, seconds, [&](int t) { return probe.f32_products(kRounds, &sinks[size_t(t) * 16]); });
  c.bf16 = sample(threads, seconds, [&](int t) { return probe.bf16_products(kRounds, &sinks[size_t(t) * 16]); });
  std::vector<Walk> from, to;
  for (int t = 0; t < threads; ++t) from.emplace_back(kBytes), to.emplace_back(kBytes);
  c.read = sample(threads, seconds, [&](int t) {
    probe.read(from[t].next(), kValues, &sinks[size_t(t) * 16]);
    return double(kValues) * 4;
  });
  c.copy = sample(threads, seconds, [&](int t) {
    std::memcpy(to[t].next(), from[t].next(), size_t(kValues) * 4);
    return double(kValues) * 8;
  });
  return c;
}

}  // namespace fettle::cpu
