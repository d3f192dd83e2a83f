#pragma once
#include "backend/cuda/gemm_kernel.h"

namespace fettle::cuda {

template <Sum AAlong, Sum BAlong, class Tile, class B, bool Aligned>
void start_gemm(Device& device, const GemmArguments& g, dim3 grid) {
  launch(device, "gemm", gemm_kernel<Tile, AAlong, BAlong, B, Aligned>, grid, dim3(Tile::kThreads), gemm_shared_bytes<Tile, AAlong, B>(),
         g);
}
template <Sum AAlong, Sum BAlong, class Tile, bool Aligned>
constexpr GemmConfig dense_config(const char* name) {
  using B = DenseOperand<Tile, BAlong, Aligned>;
  return {name,
          Tile::kRows,
          Tile::kColumns,
          Tile::kThreads,
          gemm_shared_bytes<Tile, AAlong, B>(),
          false,
          Aligned,
          start_gemm<AAlong, BAlong, Tile, B, Aligned>};
}
template <Sum AAlong, Sum BAlong, class Tile>
constexpr GemmConfig nf4_config(const char* name) {
  using B = Nf4Operand<Tile, BAlong>;
  return {name,
          Tile::kRows,
          Tile::kColumns,
          Tile::kThreads,
          gemm_shared_bytes<Tile, AAlong, B>(),
          true,
          true,
          start_gemm<AAlong, BAlong, Tile, B, true>};
}

}  // namespace fettle::cuda
