// Built without contraction (CMakeLists.txt): core/sampling.h says why.
#include "backend/cpu/lanes.h"
#include "backend/cpu/scratch.h"
#include "core/sampling.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// A row's logits as keys, and their weights; those of tokens that are not kept are 0.
struct Candidates {
  int64_t n;
  uint32_t* keys;
  uint64_t* weights;

  uint64_t total() const {
    uint64_t sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += weights[i];
    return sum;
  }
  void keep(KeptLogits kept) const {
    for (int64_t i = 0; i < n; ++i) {
      const bool tie = keys[i] == kept.key;
      if (keys[i] < kept.key || (tie && kept.ties == 0)) weights[i] = 0;
      kept.ties -= tie && kept.ties > 0;
    }
  }
};

/// The largest key such that what it and the keys above it add reaches `target`, by digits of eight bits; `above` is what those above it
/// add. Key i adds amount(i).
template <class Amount>
uint32_t key_that_reaches(const Candidates& c, uint64_t target, uint64_t& above, const Amount& amount) {
  uint32_t prefix = 0;
  above = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    uint64_t sums[256] = {};
    for (int64_t i = 0; i < c.n; ++i)
      if (uint64_t(c.keys[i] ^ prefix) >> (shift + 8) == 0) sums[(c.keys[i] >> shift) & 255] += amount(i);
    uint32_t digit = 255;
    for (; digit > 0 && above + sums[digit] < target; --digit) above += sums[digit];
    prefix |= digit << shift;
  }
  return prefix;
}

/// The first id with the largest logit.
int64_t likeliest(const float* logits, int64_t n) {
  vf most = splat(-INFINITY);
  for (int64_t i = 0; i + kLanes <= n; i += kLanes) most = max(load(logits + i), most);
  float largest = max(most);
  for (int64_t i = n / kLanes * kLanes; i < n; ++i) largest = logits[i] > largest ? logits[i] : largest;
  for (int64_t i = 0; i < n; ++i)
    if (logits[i] == largest) return i;
  return 0;
}

int64_t draw(const Sample& op, int64_t row) {
  struct Keys;
  struct Weights;
  const int64_t v = op.logits.cols, top_k = op.top_k.as<int32_t>()[row];
  const float* logits = op.logits.row<float>(row);
  const float temperature = op.temperature.as<float>()[row], top_p = op.top_p.as<float>()[row];
  const int64_t best = likeliest(logits, v);
  if (temperature <= 0) return best;
  const Candidates c{v, thread_scratch<Keys, uint32_t>(size_t(v)), thread_scratch<Weights, uint64_t>(size_t(v))};
  const LogitWeights weight(logits[best], temperature);
  for (int64_t i = 0; i < v; ++i) c.keys[i] = logit_key(logits[i]), c.weights[i] = weight(logits[i]);
  uint64_t above = 0;
  if (top_k > 0 && top_k < v) {
    const uint32_t key = key_that_reaches(c, uint64_t(top_k), above, [](int64_t) { return uint64_t(1); });
    c.keep(kept_from(key, above, uint64_t(top_k), 1));
  }
  uint64_t total = c.total();
  if (total == 0) return best;
  if (top_p < 1) {
    const uint64_t target = share_of_total(top_p, total);
    const uint32_t key = key_that_reaches(c, target, above, [&](int64_t i) { return c.weights[i]; });
    c.keep(kept_from(key, above, target, weight(logit_of_key(key))));
    total = c.total();
  }
  const uint32_t* seed = op.seed.row<uint32_t>(row);
  const uint64_t at = scaled_random(token_random(seed[0], seed[1], uint32_t(op.position.as<int32_t>()[row])), total);
  uint64_t sum = 0;
  for (int64_t i = 0; i < v; ++i)
    if ((sum += c.weights[i]) > at) return i;
  return best;
}

}  // namespace

void run(Context& context, const Sample& op) {
  check(op);
  context.pool->parallel_for(op.logits.rows, [&](int64_t row) { op.id.as<int32_t>()[row] = int32_t(draw(op, row)); });
}

}  // namespace fettle::cpu::FETTLE_TIER
