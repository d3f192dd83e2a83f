#pragma once
#include <cstdio>
#include <string>
#include <vector>

#include "backend/library/abi.h"
#include "selftest/judge.h"
#include "selftest/speed.h"

namespace fettle::selftest {

struct Report {
  FettleDeviceInfo device;
  uint64_t seed;
  std::vector<Outcome> outcomes;
  std::vector<Speed> speeds;
};

/// A table for people: an op a line, then what failed, then the speeds. The last line is "N passed, N failed".
void print(const Report& report, FILE* to);
/// One JSON object.
void write_json(const Report& report, FILE* to);
int64_t failures(const Report& report);

}  // namespace fettle::selftest
