#pragma once
#include <string>
#include <vector>

#include "ops/backend.h"

namespace fettle::selftest {

/// One op of one size, timed on a device.
struct Speed {
  std::string op, label;
  double seconds, gigabytes_per_second, teraflops;
};

/// The main kernels at the sizes of an 8B model, or at a hundredth of them with `small`.
std::vector<Speed> measure_speed(Context& device, bool small);

}  // namespace fettle::selftest
