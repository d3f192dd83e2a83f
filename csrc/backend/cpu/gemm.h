#pragma once
// C (+)= alpha * A B^T + A2 B2^T + bias. For each block of the reduction, each task packs a group of B's columns into its own cache and
// runs A's rows over it. An element of C is summed in one order, whatever the blocks and the threads.
#include "backend/cpu/left_rows.h"

namespace fettle::cpu::FETTLE_TIER {

struct Gemm {
  Operand a, b;    // [M][K], [N][K]
  Operand a2, b2;  // optional: [M][R], [N][R]
  Tensor c;
  const float* bias = nullptr;
  float alpha = 1.0f;
  bool accumulate = false;
};

/// T is what panels hold, V what values are rounded to: in bf16 mode, a tier without bf16 products multiplies the same numbers in fp32.
template <class T, class V>
void gemm(Context& context, const Gemm& g) {
  struct PackedA;
  struct PackedA2;
  struct PackedB;
  struct Partials;
  const int64_t m = g.c.rows, n = g.c.cols, k = g.a.k();
  if (m == 0 || n == 0) return;
  const bool has_extra = bool(g.a2.t);
  const int64_t extra_k = has_extra ? g.a2.k() : 0, extra_steps = steps_of<T>(extra_k);
  const RowTiles tiles(m);
  const int64_t panels = (n + kPanelColumns - 1) / kPanelColumns;
  const GemmBlocks blocks(tiles.count(), panels, steps_of<T>(k), context.pool->threads());
  const int64_t block_k = (k + blocks.k_blocks - 1) / blocks.k_blocks, most_k = (block_k + kNf4Block - 1) / kNf4Block * kNf4Block;
  const int64_t most_steps = steps_of<T>(std::min(k, most_k));
  const int64_t panel_words = (most_steps + extra_steps) * kPanelColumns;
  const int64_t partial_ld = panels * kPanelColumns;
  float* const partials = k > most_k ? thread_scratch<Partials, float>(size_t(m * partial_ld)) : nullptr;

  const LeftRows extra_rows = has_extra ? left_rows<PackedA2, T, V>(context, g.a2, tiles, n, 0, extra_k) : LeftRows{};

  for (int64_t k0 = 0; k0 == 0 || k0 < k; k0 += most_k) {
    const int64_t k1 = std::min(k, k0 + most_k), steps = steps_of<T>(k1 - k0);
    const bool last = k1 == k;
    const LeftRows rows = left_rows<PackedA, T, V>(context, g.a, tiles, n, k0, k1);
    context.pool->parallel_for(blocks.column_groups * blocks.row_chunks, [&](int64_t task) {
      const Part group = part_of(panels, blocks.column_groups, task / blocks.row_chunks);
      const Part chunk = part_of(tiles.count(), blocks.row_chunks, task % blocks.row_chunks);
      const int64_t group_panels = group.end - group.first, first_column = group.first * kPanelColumns;
      const int64_t columns = std::min(n, group.end * kPanelColumns) - first_column;
      uint32_t* const b = thread_scratch<PackedB, uint32_t>(size_t(group_panels * panel_words));
      pack_panels<T, V>(g.b, {first_column, columns, k0, k1}, kPanelColumns, true, b, panel_words);
      if (has_extra && last)
        pack_panels<T, V>(g.b2, {first_column, columns, 0, extra_k}, kPanelColumns, true, b + steps * kPanelColumns, panel_words);
      TileOutput out;
      out.c = g.c;
      out.alpha = g.alpha;
      out.accumulate = g.accumulate;
      out.partial = {nullptr, partial_ld, k0 > 0, !last};
      for (int64_t i = chunk.first; i < chunk.end; ++i) {
        out.row = tiles.first_row(i);
        const int height = tiles.height(i);
        for (int64_t p = group.first; p < group.end; ++p) {
          const uint32_t* const panel = b + (p - group.first) * panel_words;
          out.col = p * kPanelColumns;
          out.columns = int(std::min<int64_t>(kPanelColumns, n - out.col));
          out.bias = g.bias ? g.bias + out.col : nullptr;
          if (partials) out.partial.data = partials + out.row * partial_ld + out.col;
          const Segment main = {rows.tile(out.row, height), panel, steps, rows.after(out.row, height, p - group.first, group_panels)};
          Segment extra;
          if (has_extra && last) extra = {extra_rows.tile(out.row, height), panel + steps * kPanelColumns, extra_steps, main.ahead};
          if (out.columns <= kLanes)
            run_tile<T, 1>(height, main, extra, out);
          else
            run_tile<T, 2>(height, main, extra, out);
        }
      }
    });
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
