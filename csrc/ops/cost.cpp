#include "ops/cost.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace fettle {

double bytes_of(const Tensor& t) {
  if (!t) return 0;
  if (t.dtype != DType::NF4) return double(t.size()) * double(element_size(t.dtype));
  const double blocks = double((t.size() + 63) / 64);
  return double(t.size()) / 2 + (t.nf4 && t.nf4->absmax ? 4 * blocks : blocks + blocks / 64);
}

namespace {
std::vector<int32_t> on_host(Memory& memory, const Tensor& ints) {
  std::vector<int32_t> values(size_t(ints.size()));
  if (ints) memory.download(values.data(), ints.data, values.size() * sizeof(int32_t));
  return values;
}
}  // namespace

int64_t sum_of(Memory& memory, const Tensor& ints) {
  const std::vector<int32_t> values = on_host(memory, ints);
  return std::accumulate(values.begin(), values.end(), int64_t(0));
}

double attended_pairs(Memory& memory, const Tensor& cu_q, const Tensor& k_len, int32_t window) {
  const std::vector<int32_t> cu = on_host(memory, cu_q), lengths = on_host(memory, k_len);
  double pairs = 0;
  for (size_t s = 0; s + 1 < cu.size(); ++s) {
    const double queries = cu[s + 1] - cu[s], keys = lengths.empty() ? queries : lengths[s];
    const double all = queries * (keys - queries) + queries * (queries + 1) / 2;  // the last query sees every key
    if (window <= 0 || window >= keys) {
      pairs += all;
      continue;
    }
    const double first = keys - queries + 1;                          // keys that the first query sees
    const double growing = std::clamp(window - first, 0.0, queries);  // queries that see fewer than a window
    pairs += growing * first + growing * (growing - 1) / 2 + (queries - growing) * window;
  }
  return pairs;
}

}  // namespace fettle
