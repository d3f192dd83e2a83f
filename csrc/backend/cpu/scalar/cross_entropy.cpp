#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const CrossEntropy& op) {
  check(op);
  check_indices(op);
  const int64_t n = op.logits.cols;
  std::vector<double> z(static_cast<size_t>(n));
  with_type(op.dlogits.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.logits.rows; ++r) {
      const int32_t target = op.targets.as<int32_t>()[r];
      for (int64_t i = 0; i < n; ++i) {
        const double logit = op.logits.row<float>(r)[i];
        z[size_t(i)] = op.soft_cap > 0 ? op.soft_cap * std::tanh(logit / op.soft_cap) : logit;
      }
      const double highest = *std::max_element(z.begin(), z.end());
      double total = 0;
      for (double v : z) total += std::exp(v - highest);
      const double lse = highest + std::log(total);
      op.loss.as<float>()[r] = float(lse - z[size_t(target)]);
      if (!op.dlogits) continue;
      for (int64_t i = 0; i < n; ++i) {
        const double v = z[size_t(i)];
        const double slope = op.soft_cap > 0 ? 1 - (v / op.soft_cap) * (v / op.soft_cap) : 1.0;
        op.dlogits.row<T>(r)[i] = from_float<T>(float(op.grad_scale * (std::exp(v - lse) - (i == target ? 1 : 0)) * slope));
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
