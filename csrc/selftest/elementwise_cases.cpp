#include "selftest/cases.h"

namespace fettle::selftest {
namespace {

constexpr int64_t kShapes[][2] = {{1, 1}, {7, 33}, {64, 64}, {129, 100}, {5, 264}};

Tensor positions(RandomTensors& t, int64_t rows, int64_t limit) {
  std::vector<int32_t> values;
  for (int64_t r = 0; r < rows; ++r) values.push_back(int32_t(t.below(limit)));
  return t.ints(values);
}

}  // namespace

void elementwise_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  const Limits exact{0, 0, 0, 0};
  for (DType dtype : kActivations)
    for (const auto& [rows, cols] : kShapes) {
      const std::string label = shape_label(dtype, {rows, cols}, rows_name);
      auto matrix = [&] { return t.matrix(dtype, rows, cols); };
      judge.compare(label, Add{.a = matrix(), .b = matrix(), .y = matrix()}, exact);
      for (DType to : kActivations) judge.compare(label, Cast{.x = matrix(), .y = t.matrix(to, rows, cols)}, exact);
      for (int32_t activation : {0, 1}) {
        judge.compare(label, GluForward{.gate = matrix(), .up = matrix(), .y = matrix(), .activation = activation});
        judge.compare(
            label,
            GluBackward{.gate = matrix(), .up = matrix(), .dy = matrix(), .dgate = matrix(), .dup = matrix(), .activation = activation});
      }
      judge.compare(label,
                    Dropout{.x = matrix(),
                            .y = matrix(),
                            .key = t.words({uint32_t(t.below(1 << 30)), 3}),
                            .row_ids = t.words(std::vector<uint32_t>(size_t(rows), 5)),
                            .positions = positions(t, rows, 1000),
                            .p = 0.1f,
                            .site = 11},
                    exact);
      if (dtype == DType::F32) judge.compare(label, SoftCap{.x = matrix(), .cap = 3}, {1e-6, 0, 0, 0});
    }
  for (DType dtype : kActivations)
    for (int64_t head : {8, 64, 80}) {
      const int64_t heads = 3, tokens = 37, pairs = head / 2;
      const Tensor cos = t.vector(50 * pairs), sin = t.vector(50 * pairs);
      judge.compare(shape_label(dtype, {tokens, heads, head}, rows_name), Rope{.x = t.matrix(dtype, tokens, heads * head),
                                                                               .positions = positions(t, tokens, 50),
                                                                               .cos = matrix(cos.data, DType::F32, 50, pairs),
                                                                               .sin = matrix(sin.data, DType::F32, 50, pairs),
                                                                               .heads = int32_t(heads),
                                                                               .inverse = int32_t(head == 80)});
    }
}

}  // namespace fettle::selftest
