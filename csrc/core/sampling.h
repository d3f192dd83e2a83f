#pragma once
#include <cstdint>
#include <cstring>

#include "core/host_device.h"
#include "core/philox.h"

namespace fettle {

// Weights of tokens are whole numbers, so that their sums do not depend on an order; what comes before is rounded step by step, so sources
// that use this are compiled without contraction of products and sums.

/// A logit as a whole number, in the same order; a NaN is the least.
FETTLE_HOST_DEVICE inline uint32_t logit_key(float logit) {
  const float plus_zero = logit + 0.0f;  // -0 is 0
  uint32_t u;
  std::memcpy(&u, &plus_zero, 4);
  if ((u & 0x7fffffffu) > 0x7f800000u) return 0;
  return u & 0x80000000u ? ~u : u | 0x80000000u;
}

FETTLE_HOST_DEVICE inline float logit_of_key(uint32_t key) {
  const uint32_t u = key & 0x80000000u ? key & 0x7fffffffu : ~key;
  float logit;
  std::memcpy(&logit, &u, 4);
  return logit;
}

/// The largest key and the smallest id that has it, as one number to take the maximum of.
FETTLE_HOST_DEVICE inline uint64_t ranked(uint32_t key, uint32_t id) { return uint64_t(key) << 32 | uint32_t(~id); }
FETTLE_HOST_DEVICE inline uint32_t id_of_rank(uint64_t ranked) { return ~uint32_t(ranked); }

/// a * b + c, two roundings.
FETTLE_HOST_DEVICE inline float twice_rounded(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fadd_rn(__fmul_rn(a, b), c);
#else
  return a * b + c;
#endif
}

/// Weights of logits under a temperature, relative to the largest: 2^40 at it, 0 from 2^-40 of it on.
class LogitWeights {
 public:
  FETTLE_HOST_DEVICE LogitWeights(float largest, float temperature) : largest_(largest), factor_(1.44269504f / temperature) {}

  FETTLE_HOST_DEVICE uint64_t operator()(float logit) const {
    const float t = logit == largest_ ? 0.0f : (largest_ - logit) * factor_;
    if (!(t < 40.0f)) return 0;
    const int whole = int(t);
    const float f = t - float(whole);
    float p = -9.4476348e-4f;  // 2^-f, within 1e-7
    p = twice_rounded(p, f, 9.2054773e-3f);
    p = twice_rounded(p, f, -5.5297114e-2f);
    p = twice_rounded(p, f, 2.4018008e-1f);
    p = twice_rounded(p, f, -6.9314373e-1f);
    p = twice_rounded(p, f, 1.0f);
    return (uint64_t(p * 16777216.0f) << 16) >> whole;
  }

 private:
  float largest_, factor_;
};

/// floor(random * total / 2^64).
FETTLE_HOST_DEVICE inline uint64_t scaled_random(uint64_t random, uint64_t total) {
  const uint64_t a = random >> 32, b = uint32_t(random), c = total >> 32, d = uint32_t(total);
  const uint64_t middle = b * c + ((b * d) >> 32), other = a * d + uint32_t(middle);
  return a * c + (middle >> 32) + (other >> 32);
}

/// The random number of a token: of the request's seed and the token's position.
FETTLE_HOST_DEVICE inline uint64_t token_random(uint32_t seed_low, uint32_t seed_high, uint32_t position) {
  const auto r = philox4x32({position, 0u, 0x5a3b1e00u, 0u}, {seed_low, seed_high});
  return uint64_t(r[1]) << 32 | r[0];
}

/// The least sum that has the share top_p of a total, at least 1.
FETTLE_HOST_DEVICE inline uint64_t share_of_total(float top_p, uint64_t total) {
  const uint64_t p = uint64_t(top_p * 16777216.0f), share = (total >> 24) * p + (((total & 0xffffffu) * p) >> 24);
  return share > 0 ? share : 1;
}

/// Logits above `key` are kept, and of those with it the first `ties`, in order of ids.
struct KeptLogits {
  uint32_t key = 0, ties = 0xffffffffu;
};
/// For a threshold key such that what lies above it adds up to `above` and misses `target`; each logit with the key adds `each`.
FETTLE_HOST_DEVICE inline KeptLogits kept_from(uint32_t key, uint64_t above, uint64_t target, uint64_t each) {
  return {key, uint32_t((target - above + each - 1) / each)};
}

}  // namespace fettle
