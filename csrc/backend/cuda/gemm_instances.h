#pragma once
#include "backend/cuda/gemm_kernel.h"

namespace fettle::cuda {

template <Sum AAlong, Sum BAlong, class Tile, class B, bool Aligned>
void start_gemm(Device& device, const GemmArguments& arguments, int splits) {
  GemmArguments g = arguments;
  while (g.group_shift < 3 && (Tile::kRows << g.group_shift) < g.m) ++g.group_shift;
  launch(device, "gemm", gemm_kernel<Tile, AAlong, BAlong, B, Aligned>, TilePlace<Tile>::grid(g, splits), dim3(Tile::kThreads),
         gemm_shared_bytes<Tile, AAlong, BAlong, B>(), g);
}

/// The configurations of one direction.
template <Sum AAlong, Sum BAlong>
struct GemmInstances {
  template <class Tile, bool Aligned = true>
  static constexpr GemmConfig dense(const char* name) {
    return config<Tile, DenseOperand<Tile, BAlong, Aligned>, Aligned>(name);
  }
  template <class Tile>
  static constexpr GemmConfig nf4(const char* name) {
    return config<Tile, Nf4Operand<Tile, BAlong>, true>(name);
  }

 private:
  template <class Tile, class B, bool Aligned>
  static constexpr GemmConfig config(const char* name) {
    return {.name = name,
            .rows = Tile::kRows,
            .columns = Tile::kColumns,
            .warp_rows = Tile::kWarpRows,
            .warp_columns = Tile::kWarpColumns,
            .stages = Tile::kStages,
            .threads = Tile::kThreads,
            .shared_bytes = gemm_shared_bytes<Tile, AAlong, BAlong, B>(),
            .blocks = Tile::kBlocks,
            .nf4 = B::kPacked,
            .aligned = Aligned,
            .gemv = false,
            .workspace_bytes = 0,
            .start = start_gemm<AAlong, BAlong, Tile, B, Aligned>};
  }
};

}  // namespace fettle::cuda
