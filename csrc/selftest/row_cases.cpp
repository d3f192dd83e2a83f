#include <cmath>

#include "selftest/cases.h"

namespace fettle::selftest {
namespace {

Tensor indices(RandomTensors& t, int64_t n, int64_t limit) {
  std::vector<int32_t> values;
  for (int64_t i = 0; i < n; ++i) values.push_back(int32_t(t.below(limit)));
  return t.ints(values);
}

/// 1, 3, 5, ...
Tensor odd_rows(RandomTensors& t, int64_t n) {
  std::vector<int32_t> values;
  for (int64_t i = 0; i < n; ++i) values.push_back(int32_t(2 * i + 1));
  return t.ints(values);
}

void norm_cases(Judge& judge, RandomTensors& t, DType dtype, int64_t rows, int64_t width, int32_t groups, const std::string& label) {
  const int64_t cols = width * groups;
  RmsNormForward forward{.x = t.matrix(dtype, rows, cols),
                         .gamma = t.vector(width),
                         .y = t.matrix(dtype, rows, cols),
                         .rstd = t.matrix(DType::F32, rows, groups),
                         .add_one = groups == 1,
                         .groups = groups};
  judge.compare(label, forward);  // rstd is the device's from here on
  judge.compare(label,
                RmsNormBackward{.x = forward.x,
                                .gamma = forward.gamma,
                                .rstd = forward.rstd,
                                .dy = t.matrix(dtype, rows, cols),
                                .dx = t.matrix(dtype, rows, cols),
                                .dgamma = t.vector(width),
                                .add_one = forward.add_one,
                                .groups = groups,
                                .accumulate = 1},
                {.f32 = 2e-5, .bf16 = 0x1p-7});
}

}  // namespace

void row_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  const Limits exact{0, 0, 0, 0};
  for (DType dtype : kActivations) {
    for (const auto& [rows, width, groups] : {std::tuple<int64_t, int64_t, int32_t>{1, 33, 1}, {65, 576, 1}, {7, 2050, 1}, {9, 64, 4}})
      norm_cases(judge, t, dtype, rows, width, groups, shape_label(dtype, {rows, width, groups}, rows_name));
    for (const auto& [tokens, cols] : {std::pair<int64_t, int64_t>{1, 1}, {33, 65}, {64, 264}}) {
      const std::string label = shape_label(dtype, {tokens, cols}, rows_name);
      const Tensor ids = indices(t, tokens, 20);
      for (DType table : kActivations)
        judge.compare(label,
                      EmbeddingForward{.ids = ids, .table = t.matrix(table, 20, cols), .y = t.matrix(dtype, tokens, cols), .scale = 3});
      judge.compare(
          label, EmbeddingBackward{.ids = ids, .dy = t.matrix(dtype, tokens, cols), .dtable = t.matrix(DType::F32, 20, cols), .scale = 3});
      judge.compare(label, GatherRows{.x = t.matrix(dtype, 20, cols), .index = indices(t, tokens, 20), .y = t.matrix(dtype, tokens, cols)},
                    exact);
      judge.compare(label,
                    ScatterRows{.x = t.matrix(dtype, tokens, cols), .index = odd_rows(t, tokens), .y = t.matrix(dtype, 2 * tokens, cols)},
                    exact);
    }
    for (const auto& [rows, vocab, cap] : {std::tuple<int64_t, int64_t, float>{1, 7, 0}, {5, 1300, 4}, {3, 5000, 0}})
      judge.compare(shape_label(dtype, {rows, vocab}, rows_name),
                    CrossEntropy{.logits = t.matrix(DType::F32, rows, vocab),
                                 .targets = indices(t, rows, vocab),
                                 .loss = t.zeros(DType::F32, rows),
                                 .dlogits = t.matrix(dtype, rows, vocab),
                                 .grad_scale = 0.25f,
                                 .soft_cap = cap},
                    {.f32 = 4e-5, .bf16 = 0x1p-7});
  }
}

}  // namespace fettle::selftest
