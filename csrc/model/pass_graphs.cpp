#include "model/pass_graphs.h"

#include <algorithm>
#include <bit>

namespace fettle {
namespace {
constexpr size_t kMostEntries = 64;  // a large model's graph takes some megabytes
}

int64_t token_bucket(int64_t tokens) {
  const int64_t step = std::max<int64_t>(64, int64_t(std::bit_ceil(uint64_t(tokens))) / 32);
  return (tokens + step - 1) / step * step;
}

int64_t sequence_bucket(int64_t sequences) { return int64_t(std::bit_ceil(uint64_t(std::max<int64_t>(8, sequences)))); }

void PassGraphs::run(const Key& key, const std::function<void()>& work) {
  if (memory_.on_host()) return work();
  const auto [at, first_time] = entries_.try_emplace(key);
  Entry& entry = at->second;
  entry.last_used = ++clock_;
  if (first_time) {
    make_room();
    return work();  // settles what the launches depend on: scratch grows, plans are made
  }
  if (launch(entry)) return;
  entry.graph = memory_.capture(work);
  if (!launch(entry)) work();
}

bool PassGraphs::launch(Entry& entry) {
  const bool launched = entry.graph && entry.graph->launch();
  launches_ += launched;
  return launched;
}

void PassGraphs::make_room() {
  if (entries_.size() <= kMostEntries) return;
  const auto older = [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; };
  entries_.erase(std::min_element(entries_.begin(), entries_.end(), older));
}

}  // namespace fettle
