#include <cmath>

#include "selftest/cases.h"

namespace fettle::selftest {

void optimizer_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  for (int64_t n : {1, 7, 255, 4096, 70001}) {
    const std::string label = std::to_string(n) + ", " + rows_name + " rows";
    const Tensor grad_scale = t.vector(1, 0.4f, 0.6f);
    for (int32_t step : {1, 1000})
      judge.compare(label, AdamW{.param = t.vector(n),
                                 .grad = t.vector(n),
                                 .exp_avg = t.vector(n),
                                 .exp_avg_sq = t.vector(n, 0, 1),
                                 .grad_scale = grad_scale,
                                 .learning_rate = 1e-2f,
                                 .weight_decay = 0.1f,
                                 .step = step});
    const int64_t blocks = (n + 255) / 256;
    AdamW8bit coded{.param = t.vector(n),
                    .grad = t.vector(n),
                    .exp_avg = t.zeros(DType::U8, n),
                    .exp_avg_sq = t.zeros(DType::U8, n),
                    .absmax = t.zeros(DType::F32, blocks),
                    .absmax_sq = t.zeros(DType::F32, blocks),
                    .grad_scale = grad_scale,
                    .learning_rate = 1e-3f};
    for (int32_t step : {1, 2}) {
      coded.step = step;
      coded.grad = t.vector(n);
      judge.compare(label, coded, {.f32 = 4e-6, .code = 1});
    }
    const Tensor sum = t.zeros(DType::F64, 1);
    judge.compare(label, SumSquares{.x = t.vector(n), .out = sum});
    for (double max_norm : {0.3, double(INFINITY)})
      judge.compare(label, ClipFactor{.grad_squares = sum, .loss_squares = sum, .factor = t.zeros(DType::F32, 1), .max_norm = max_norm},
                    {.f32 = 0});
  }
}

}  // namespace fettle::selftest
