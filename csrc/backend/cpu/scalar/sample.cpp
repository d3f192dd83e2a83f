// The oracle: the tokens in order of their logits, the kept ones marked, the running sum.
#include <algorithm>
#include <numeric>
#include <vector>

#include "backend/cpu/tier.h"
#include "core/sampling.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

int32_t draw(const Sample& op, int64_t row) {
  const float* logits = op.logits.row<float>(row);
  const float temperature = op.temperature.as<float>()[row], top_p = op.top_p.as<float>()[row];
  const size_t v = size_t(op.logits.cols), top_k = size_t(op.top_k.as<int32_t>()[row]);
  std::vector<size_t> order(v);
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logit_key(logits[a]) > logit_key(logits[b]); });
  if (temperature <= 0) return int32_t(order[0]);
  const LogitWeights weight(logits[order[0]], temperature);
  if (top_k > 0 && top_k < v) order.resize(top_k);
  uint64_t total = 0;
  for (size_t id : order) total += weight(logits[id]);
  if (total == 0) return int32_t(order[0]);
  if (top_p < 1) {
    const uint64_t target = share_of_total(top_p, total);
    uint64_t sum = 0;
    size_t n = 0;
    while (sum < target) sum += weight(logits[order[n++]]);
    order.resize(n);
    total = sum;
  }
  const uint32_t* seed = op.seed.row<uint32_t>(row);
  const uint64_t at = scaled_random(token_random(seed[0], seed[1], uint32_t(op.position.as<int32_t>()[row])), total);
  std::sort(order.begin(), order.end());
  uint64_t sum = 0;
  for (size_t id : order)
    if ((sum += weight(logits[id])) > at) return int32_t(id);
  return int32_t(order[0]);
}

}  // namespace

void run(Context&, const Sample& op) {
  check(op);
  for (int64_t row = 0; row < op.logits.rows; ++row) op.id.as<int32_t>()[row] = draw(op, row);
}

}  // namespace fettle::cpu::FETTLE_TIER
