#pragma once
#include <array>
#include <cstdint>

namespace fettle {

inline constexpr uint32_t kPhiloxM0 = 0xD2511F53u, kPhiloxM1 = 0xCD9E8D57u;  // multipliers
inline constexpr uint32_t kPhiloxW0 = 0x9E3779B9u, kPhiloxW1 = 0xBB67AE85u;  // what a round adds to the key

/// Philox4x32, counter-based random numbers (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// The same key and counter give the same four words on every device.
template <int Rounds = 10>
constexpr std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < Rounds; ++round) {
    const uint64_t p0 = uint64_t(kPhiloxM0) * counter[0];
    const uint64_t p1 = uint64_t(kPhiloxM1) * counter[2];
    counter = {uint32_t(p1 >> 32) ^ counter[1] ^ key[0], uint32_t(p1), uint32_t(p0 >> 32) ^ counter[3] ^ key[1], uint32_t(p0)};
    key[0] += kPhiloxW0;
    key[1] += kPhiloxW1;
  }
  return counter;
}

/// A word as a float in [0, 1), 24 bits.
constexpr float uniform01(uint32_t word) { return float(word >> 8) * 0x1p-24f; }

}  // namespace fettle
