#pragma once
#include <vector>

#include "backend/cpu/probe.h"

namespace fettle::cpu {

/// What was reached in each of some equal slices of time, per second.
using Samples = std::vector<double>;

/// What this machine's cores and memory give at a number of threads, with a tier's instructions: flops or bytes a second.
struct Ceilings {
  Samples f32, bf16, read, copy;  // copy counts what is read and what is written
};

/// Measures for about `seconds` each, on threads of its own (the pool's wait meanwhile). Reads and copies go over more memory than the
/// caches hold.
Ceilings measure_ceilings(const Probe& probe, int threads, double seconds);

}  // namespace fettle::cpu
