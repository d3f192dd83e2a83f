#pragma once
#include "backend/cpu/tier.h"
#include "core/bf16.h"

namespace fettle::cpu::FETTLE_TIER {

/// Calls f(float{}) or f(bf16{}): what a checked activation's type is.
template <class F>
inline void with_type(DType type, F&& f) {
  if (type == DType::BF16)
    f(bf16{});
  else
    f(float{});
}

}  // namespace fettle::cpu::FETTLE_TIER
