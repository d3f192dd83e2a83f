#include "selftest/cases.h"

namespace fettle::selftest {

void linear_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  // one row, tails of every side, NF4 blocks that straddle rows, several blocks of K
  constexpr int64_t kShapes[][3] = {{1, 7, 13}, {3, 64, 64}, {7, 33, 65}, {64, 100, 128}, {129, 192, 320}, {33, 66, 1100}};
  constexpr int64_t kRank = 5;
  for (DType dtype : kActivations)
    for (DType kind : {DType::F32, DType::BF16, DType::NF4})
      for (const auto& [m, n, k] : kShapes) {
        const std::string label = shape_label(dtype, {m, n, k}, rows_name) + ", " + dtype_name(kind) + " weights";
        const Tensor w = t.weight(kind, n, k), x = t.matrix(dtype, m, k), dy = t.matrix(dtype, m, n);
        const Tensor s = t.matrix(dtype, m, kRank), b = t.matrix(dtype, n, kRank), a = t.matrix(dtype, kRank, k);
        judge.compare(label, LinearForward{.x = x, .w = w, .lora_s = s, .lora_b = b, .bias = t.vector(n), .y = t.matrix(dtype, m, n)});
        judge.compare(
            label,
            LinearForward{
                .x = x, .w = w, .lora_s = {}, .lora_b = {}, .bias = {}, .y = t.matrix(DType::F32, m, n), .alpha = 0.5f, .accumulate = 1});
        judge.compare(label, LinearBackwardInput{.dy = dy, .w = w, .lora_ds = s, .lora_a = a, .dx = t.matrix(dtype, m, k), .alpha = 2.0f});
        if (kind == DType::F32)
          judge.compare(label, LinearBackwardWeight{.dy = dy, .x = x, .dw = t.matrix(DType::F32, n, k), .dbias = t.vector(n)});
      }
  for (int64_t n : {1, 63, 64, 65, 4096, 70001}) {
    const std::string label = std::to_string(n) + ", " + rows_name + " rows";
    const int64_t blocks = (n + 63) / 64;
    for (DType dtype : kActivations)
      judge.compare(
          label,
          Nf4Quantize{.x = t.contiguous(dtype, 1, n), .packed = t.zeros(DType::U8, (n + 1) / 2), .absmax = t.zeros(DType::F32, blocks)});
    judge.compare(label,
                  Nf4QuantizeScales{.absmax = t.vector(n, 0, 2),
                                    .codes = t.zeros(DType::U8, n),
                                    .absmax2 = t.zeros(DType::F32, (n + 255) / 256),
                                    .offset = t.zeros(DType::F32, 1),
                                    .keep_offset = 0},
                  {0, 0, 0, 0});
  }
  for (const auto& [n, k] : {std::pair<int64_t, int64_t>{3, 5}, {64, 64}, {33, 130}, {128, 1000}})
    for (DType dtype : kActivations)
      judge.compare(shape_label(dtype, {n, k}, rows_name), Nf4Dequantize{.w = t.weight(DType::NF4, n, k), .y = t.matrix(dtype, n, k)},
                    {0, 0, 0, 0});
}

}  // namespace fettle::selftest
