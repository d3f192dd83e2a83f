#include "selftest/judge.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/bf16.h"

namespace fettle::selftest {
namespace {

double value(const Tensor& t, int64_t row, int64_t col) {
  switch (t.dtype) {
    case DType::F32: return t.row<float>(row)[col];
    case DType::BF16: return to_float(t.row<bf16>(row)[col]);
    case DType::F64: return t.row<double>(row)[col];
    case DType::I32: return t.row<int32_t>(row)[col];
    case DType::U32: return t.row<uint32_t>(row)[col];
    default: return t.row<uint8_t>(row)[col];
  }
}

template <class F>
void each_element(const Tensor& t, F&& f) {
  for (int64_t r = 0; r < t.rows; ++r)
    for (int64_t c = 0; c < t.cols; ++c) f(r, c);
}

double largest_error(const Tensor& actual, const Tensor& expected) {
  double squares = 0;
  each_element(expected, [&](int64_t r, int64_t c) {
    const double e = value(expected, r, c);
    if (std::isfinite(e)) squares += e * e;
  });
  const double rms = std::sqrt(squares / double(std::max<int64_t>(1, expected.size())));
  double worst = 0;
  each_element(expected, [&](int64_t r, int64_t c) {
    const double a = value(actual, r, c), e = value(expected, r, c);
    if (a == e || (std::isnan(a) && std::isnan(e))) return;
    const double error = std::fabs(a - e) / (std::fabs(e) + rms);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  });
  return worst;
}

/// How many codes differ, and by how much at most.
std::pair<int64_t, int> codes_apart(const Tensor& actual, const Tensor& expected) {
  int64_t apart = 0;
  int most = 0;
  each_element(expected, [&](int64_t r, int64_t c) {
    const int difference = std::abs(int(value(actual, r, c)) - int(value(expected, r, c)));
    apart += difference > 0;
    most = std::max(most, difference);
  });
  return {apart, most};
}

/// Whether the bytes between rows are still those that RandomTensors put there.
bool gaps_intact(const Tensor& t) {
  const size_t size = element_size(t.dtype);
  for (int64_t r = 0; r + 1 < t.rows; ++r) {
    const uint8_t* row = t.as<uint8_t>() + size_t(r * t.ld) * size;
    if (!std::all_of(row + size_t(t.cols) * size, row + size_t(t.ld) * size, [](uint8_t b) { return b == 0xff; })) return false;
  }
  return true;
}

}  // namespace

void Judge::compare_tensors(const std::vector<Named>& actual, const std::vector<Named>& expected, const Limits& limits, Outcome& outcome) {
  auto fail = [&](const std::string& field, const std::string& what) {
    outcome.problem += (outcome.problem.empty() ? "" : "; ") + field + " " + what;
  };
  for (size_t i = 0; i < actual.size(); ++i) {
    const auto& [field, a] = actual[i];
    const Tensor& e = expected[i].tensor;
    if (!gaps_intact(a)) fail(field, "was written past the end of a row");
    if (a.dtype == DType::U8) {
      const auto [apart, most] = codes_apart(a, e);
      if (most > limits.code || (limits.code > 0 && apart > std::max<int64_t>(1, e.size() / 1000)))
        fail(field, "has " + std::to_string(apart) + " other codes, by " + std::to_string(most) + " at most");
      continue;
    }
    const double error = largest_error(a, e), limit = a.dtype == DType::BF16  ? limits.bf16
                                                      : a.dtype == DType::F64 ? limits.f64
                                                                              : limits.f32;
    outcome.error = std::max(outcome.error, error);
    if (!(error <= limit)) fail(field, "is off by " + std::to_string(error) + ", more than " + std::to_string(limit));
  }
}

}  // namespace fettle::selftest
