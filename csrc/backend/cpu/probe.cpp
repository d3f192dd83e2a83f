#include "backend/cpu/probe.h"

#include "backend/cpu/micro_kernel.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// As many sums side by side as a product's micro-kernel holds.
constexpr int kChains = kRows * kPanelVectors;

/// Each sum begins elsewhere: sums that are alike the compiler would make once.
void start(vf (&sums)[kChains]) {
  for (int c = 0; c < kChains; ++c) sums[c] = splat(float(c));
}

void add_up(const vf (&sums)[kChains], float* sink) {
  vf all{};
  for (const vf& s : sums) all += s;
  *sink = sum(all);
}

double f32_products(int64_t rounds, float* sink) {
  vf sums[kChains];
  start(sums);
  const vf a = splat(0.5f), b = splat(0.25f);
  for (int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 28
    for (int c = 0; c < kChains; ++c) sums[c] = sums[c] * a + b;  // with the sum as a factor, nothing can be taken out of the loop
  add_up(sums, sink);
  return 2.0 * double(rounds) * kChains * kLanes;
}

#if defined(__AVX512BF16__)
double bf16_products(int64_t rounds, float* sink) {
  vf sums[kChains];
  start(sums);
  const vf a = splat(0.5f), b = splat(0.25f);
  for (int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 28
    for (int c = 0; c < kChains; ++c) sums[c] = multiply_add(a, b, sums[c], static_cast<bf16*>(nullptr));
  add_up(sums, sink);
  return 4.0 * double(rounds) * kChains * kLanes;
}
#else
constexpr auto bf16_products = f32_products;  // without an instruction for them, bf16 is multiplied as fp32
#endif

void read(const float* from, int64_t n, float* sink) {
  vf sums[kChains] = {};
  for (int64_t i = 0; i + 8 * kLanes <= n; i += 8 * kLanes)
#pragma GCC unroll 8
    for (int c = 0; c < 8; ++c) sums[c] += load(from + i + c * kLanes);
  add_up(sums, sink);
}

}  // namespace

extern const Probe probe;
const Probe probe = {f32_products, bf16_products, read};

}  // namespace fettle::cpu::FETTLE_TIER
