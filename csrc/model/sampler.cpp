#include "model/sampler.h"

#include <algorithm>
#include <cmath>

#include "core/philox.h"

namespace fettle {

int32_t sample(const float* logits, int64_t vocab, const Sampling& s, int64_t position) {
  if (s.temperature <= 0.0f) return int32_t(std::max_element(logits, logits + vocab) - logits);
  std::vector<int32_t> order(vocab);
  for (int64_t i = 0; i < vocab; ++i) order[i] = int32_t(i);
  const auto better = [&](int32_t a, int32_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; };
  const int64_t keep = s.top_k > 0 ? std::min<int64_t>(s.top_k, vocab) : vocab;
  if (keep < vocab)
    std::partial_sort(order.begin(), order.begin() + keep, order.end(), better);
  else
    std::sort(order.begin(), order.end(), better);
  order.resize(keep);
  std::vector<double> p(keep);
  double total = 0;
  for (int64_t i = 0; i < keep; ++i) total += p[i] = std::exp(double(logits[order[i]] - logits[order[0]]) / s.temperature);
  int64_t n = keep;
  if (s.top_p < 1.0f) {  // the smallest set whose probability reaches top_p, at least one
    double sum = 0;
    for (n = 0; n < keep;) {
      sum += p[n++];
      if (sum >= double(s.top_p) * total) break;
    }
    total = sum;
  }
  const auto r = philox4x32({uint32_t(position), uint32_t(position >> 32), 0x5a3b1e00u, 0}, {uint32_t(s.seed), uint32_t(s.seed >> 32)});
  double u = (double(r[0] >> 5) * 67108864.0 + double(r[1] >> 6)) / 9007199254740992.0 * total;
  for (int64_t i = 0; i < n; ++i) {
    u -= p[i];
    if (u < 0) return order[i];
  }
  return order[n - 1];
}

}  // namespace fettle
