#pragma once
// How a product is cut into blocks for the caches and into tasks for the threads.
#include <algorithm>
#include <cstdint>

#include "backend/cpu/micro_kernel.h"
#include "core/cache_sizes.h"

namespace fettle::cpu::FETTLE_TIER {

/// The i-th of n nearly equal parts of [0, whole), the larger ones first: what is handed out last should be small.
struct Part {
  int64_t first, end;
};
inline Part part_of(int64_t whole, int64_t n, int64_t i) {
  const int64_t size = whole / n, larger = whole % n;
  const int64_t first = i * size + std::min(i, larger);
  return {first, first + size + (i < larger ? 1 : 0)};
}

/// The product [m][n], reduced over k steps of one word.
struct GemmBlocks {
  int64_t k_blocks;       // one after the other; a panel of a block takes at most an eighth of L2
  int64_t column_groups;  // panels of a group, packed by one task, take at most half of L2
  int64_t row_chunks;     // more tasks where there are too few groups; each packs its group anew

  GemmBlocks(int64_t tiles, int64_t panels, int64_t steps, int threads) {
    const int64_t l2 = int64_t(cache_sizes().l2), step_bytes = kPanelColumns * 4;
    k_blocks = std::max<int64_t>(1, (steps * step_bytes + l2 / 8 - 1) / (l2 / 8));
    const int64_t panel_bytes = std::max<int64_t>(1, (steps + k_blocks - 1) / k_blocks * step_bytes);
    const int64_t fitting = std::max<int64_t>(1, l2 / 2 / panel_bytes);
    column_groups = std::max<int64_t>(1, (panels + fitting - 1) / fitting);
    row_chunks = 1;
    if (threads == 1) return;
    // several tasks a thread, so that one that was held up does not hold up all
    const int64_t tasks = 4 * threads;
    column_groups = std::min(panels, (std::max(column_groups, tasks) + threads - 1) / threads * threads);
    if (column_groups < tasks)
      row_chunks = std::clamp<int64_t>((tasks + column_groups - 1) / column_groups, 1, std::max<int64_t>(1, tiles / 8));
  }
};

}  // namespace fettle::cpu::FETTLE_TIER
