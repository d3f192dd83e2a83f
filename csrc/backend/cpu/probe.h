#pragma once
#include <cstdint>

namespace fettle::cpu {

/// Loops that do one thing as fast as a tier's instructions can; ceilings.cpp times them. `sink` takes a number that depends on all of
/// the work, so that none of it can be left out.
struct Probe {
  /// Multiply-adds in registers alone, on fp32 or on bf16 pairs; gives the flops that n rounds did.
  double (*f32_products)(int64_t rounds, float* sink);
  double (*bf16_products)(int64_t rounds, float* sink);
  /// Reads n fp32 values.
  void (*read)(const float* from, int64_t n, float* sink);
};

}  // namespace fettle::cpu
