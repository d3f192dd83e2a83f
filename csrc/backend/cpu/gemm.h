#pragma once
// C (+)= alpha * A B^T + A2 B2^T + bias. A is packed once per call; each task packs a group of B's columns into its own cache and
// runs all rows over it. An element of C is computed by one task in one order, whatever the thread count.
#include <algorithm>
#include <vector>

#include "backend/cpu/micro_kernel.h"
#include "backend/cpu/panel.h"
#include "core/thread_pool.h"
#include "ops/op.h"

namespace fettle::cpu::FETTLE_TIER {

struct Gemm {
  Operand a, b;    // [M][K], [N][K]
  Operand a2, b2;  // optional: [M][R], [N][R]
  Tensor c;
  const float* bias = nullptr;
  float alpha = 1.0f;
  bool accumulate = false;
};

template <class T>
void gemm(Context& context, const Gemm& g) {
  const int64_t m = g.c.rows, n = g.c.cols;
  if (m == 0 || n == 0) return;
  const int64_t steps = steps_of<T>(g.a.k());
  const bool has_extra = bool(g.a2.t);
  const int64_t extra_steps = has_extra ? steps_of<T>(g.a2.k()) : 0;

  struct Tile {
    int64_t row;
    int rows;
  };
  static thread_local std::vector<Tile> tiles;
  tiles.clear();
  for (int64_t r = 0; r < m;) {
    const int h = tile_rows(m - r);
    tiles.push_back({r, h});
    r += h;
  }
  // A, then A2, panel by panel; a tile's panel starts at row * steps words
  static thread_local std::vector<uint32_t> packed_a;
  const size_t need = size_t(m) * size_t(steps + extra_steps) + 32;
  if (packed_a.size() < need) packed_a.resize(need);
  uint32_t* const a = packed_a.data();
  uint32_t* const a2 = a + m * steps;
  const std::vector<Tile>& t = tiles;
  // a panel may spill 16 words past its end, so neighbours are packed by one task, in order
  const int64_t pack_chunk = 16;
  const int64_t pack_tasks = (int64_t(t.size()) + pack_chunk - 1) / pack_chunk;
  auto pack = [&](int64_t task) {
    static thread_local std::vector<T> scratch;
    static thread_local std::vector<uint32_t> last;
    const int64_t first = task * pack_chunk, end = std::min<int64_t>(t.size(), first + pack_chunk);
    for (int64_t i = first; i < end; ++i) {
      const bool spill = i + 1 == end;  // the next panel belongs to another task
      auto put = [&](const Operand& op, int64_t op_steps, uint32_t* base) {
        uint32_t* dst = base + t[i].row * op_steps;
        const size_t words = size_t(t[i].rows) * op_steps;
        if (spill) {
          if (last.size() < words + 32) last.resize(words + 32);
          pack_panel<T>(op, t[i].row, t[i].rows, t[i].rows, last.data(), scratch);
          std::memcpy(dst, last.data(), words * 4);
        } else {
          pack_panel<T>(op, t[i].row, t[i].rows, t[i].rows, dst, scratch);
        }
      };
      put(g.a, steps, a);
      if (has_extra) put(g.a2, extra_steps, a2);
    }
  };
  context.pool->parallel_for(pack_tasks, pack);

  const int64_t panels = (n + kPanelColumns - 1) / kPanelColumns;
  const int64_t panel_bytes = (steps + extra_steps) * kPanelColumns * 4;
  const int threads = context.pool->threads();
  int64_t group = std::clamp<int64_t>((384 << 10) / std::max<int64_t>(panel_bytes, 1), 1, panels);
  group = std::max<int64_t>(1, std::min(group, panels / (4 * threads)));
  const int64_t groups = (panels + group - 1) / group;
  const int64_t row_chunks = std::clamp<int64_t>(threads > 1 ? 4 * threads / groups : 1, 1, std::max<int64_t>(1, int64_t(t.size()) / 8));

  auto task = [&](int64_t index) {
    static thread_local std::vector<T> scratch;
    static thread_local std::vector<uint32_t> packed_b;
    const int64_t first_panel = index / row_chunks * group, last_panel = std::min(panels, first_panel + group);
    const int64_t chunk = index % row_chunks;
    const int64_t tile0 = int64_t(t.size()) * chunk / row_chunks, tile1 = int64_t(t.size()) * (chunk + 1) / row_chunks;
    const int64_t panel_words = (steps + extra_steps) * kPanelColumns;
    if (int64_t(packed_b.size()) < group * panel_words + 32) packed_b.resize(group * panel_words + 32);
    for (int64_t p = first_panel; p < last_panel; ++p) {
      uint32_t* dst = packed_b.data() + (p - first_panel) * panel_words;
      const int columns = int(std::min<int64_t>(kPanelColumns, n - p * kPanelColumns));
      pack_panel<T>(g.b, p * kPanelColumns, columns, kPanelColumns, dst, scratch);
      if (has_extra) pack_panel<T>(g.b2, p * kPanelColumns, columns, kPanelColumns, dst + steps * kPanelColumns, scratch);
    }
    for (int64_t i = tile0; i < tile1; ++i) {
      for (int64_t p = first_panel; p < last_panel; ++p) {
        const uint32_t* b = packed_b.data() + (p - first_panel) * panel_words;
        TileOutput out;
        out.c = g.c;
        out.row = t[i].row;
        out.col = p * kPanelColumns;
        out.columns = int(std::min<int64_t>(kPanelColumns, n - out.col));
        out.alpha = g.alpha;
        out.bias = g.bias ? g.bias + out.col : nullptr;
        out.accumulate = g.accumulate;
        const Segment main = {a + t[i].row * steps, b, steps};
        const Segment extra = {a2 + t[i].row * extra_steps, b + steps * kPanelColumns, extra_steps};
        if (out.columns <= kLanes)
          run_tile<T, 1>(t[i].rows, main, extra, out);
        else
          run_tile<T, 2>(t[i].rows, main, extra, out);
      }
    }
  };
  context.pool->parallel_for(groups * row_chunks, task);
}

}  // namespace fettle::cpu::FETTLE_TIER
