#pragma once
#include "selftest/judge.h"
#include "selftest/random_tensors.h"

namespace fettle::selftest {

// Every op of csrc/ops/op_list.h on random and on adversarial shapes: single rows, tails of every tile, rows at any address.

void elementwise_cases(Judge& judge, RandomTensors& t, const std::string& rows);
void linear_cases(Judge& judge, RandomTensors& t, const std::string& rows);
void attention_cases(Judge& judge, RandomTensors& t, const std::string& rows);
void row_cases(Judge& judge, RandomTensors& t, const std::string& rows);
void generation_cases(Judge& judge, RandomTensors& t, const std::string& rows);
void optimizer_cases(Judge& judge, RandomTensors& t, const std::string& rows);

/// All of them; an op without a case is a failure.
void every_case(Judge& judge, uint64_t seed);

inline constexpr DType kActivations[] = {DType::F32, DType::BF16};
inline std::string shape_label(DType dtype, std::initializer_list<int64_t> sizes, const std::string& rows) {
  std::string label = dtype_name(dtype);
  for (int64_t n : sizes) label += (n == *sizes.begin() ? " " : " x ") + std::to_string(n);
  return label + ", " + rows + " rows";
}

}  // namespace fettle::selftest
