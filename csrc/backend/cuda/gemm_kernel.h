#pragma once
// The bf16 GEMM: a ring of slabs filled by cp.async, one barrier a slab, fragments of the next 16 values loaded while the matrix unit works
// on these. 2 m n k flop; a block reads (rows + columns) * 64 * 2 bytes a slab (NF4: columns * 32 of them), from L2 but for the first time.
#include "backend/cuda/device/mma_tile.h"
#include "backend/cuda/gemm_operand.h"

namespace fettle::cuda {

/// The shape of a block's work: rows x columns of c, those of a warp, stages of the ring, blocks that shall fit an SM.
template <int Rows, int Columns, int WarpRows, int WarpColumns, int Stages, int Blocks>
struct GemmTile {
  static constexpr int kRows = Rows, kColumns = Columns, kWarpRows = WarpRows, kWarpColumns = WarpColumns;
  static constexpr int kStages = Stages, kBlocks = Blocks;
  static constexpr int kWarpsDown = Rows / WarpRows, kWarps = kWarpsDown * (Columns / WarpColumns), kThreads = kWarps * 32;
};

/// The block's tile of c, and which of the `splits` of k. Blocks start in the order of x, y, z: up to 8 tiles of rows share a tile of
/// columns while it is in L2. No division, so that what depends on it stays in uniform registers.
template <class Tile>
struct TilePlace {
  int row, column, split;

  __device__ explicit TilePlace(int group_shift)
      : row(int((blockIdx.z << group_shift) + (blockIdx.x & ((1u << group_shift) - 1))) * Tile::kRows),
        column(int(blockIdx.y) * Tile::kColumns),
        split(int(blockIdx.x >> group_shift)) {}
  static dim3 grid(const GemmArguments& g, int splits) {
    const auto tiles = [](int n, int of) { return unsigned((n + of - 1) / of); };
    return {unsigned(splits) << g.group_shift, tiles(g.n, Tile::kColumns), tiles(g.m, Tile::kRows << g.group_shift)};
  }
};

/// `source` up to `end` of the summed dimension.
template <Sum Along>
__device__ Source up_to(Source source, int end) {
  if constexpr (Along == Sum::AlongRows)
    source.columns = min(source.columns, end);
  else
    source.rows = min(source.rows, end);
  return source;
}

template <class Tile, Sum AAlong, Sum BAlong, class B, bool Aligned>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks) gemm_kernel(const __grid_constant__ GemmArguments g) {
  using ACopy = TileCopy<Bf16Slab, AAlong, Tile::kRows, Tile::kThreads>;
  using Warp = WarpTile<AAlong, BAlong, Tile::kWarpRows, Tile::kWarpColumns>;
  constexpr int kStages = Tile::kStages;
  FETTLE_SHARED(shared);
  const Ring ring{shared, ACopy::kBytes + B::kStageBytes, kStages};

  const TilePlace<Tile> at(g.group_shift);
  if (at.row >= g.m) return;
  const int from = at.split * g.slabs * kSlab, end = min(g.k, from + g.slabs * kSlab);
  const int warp_id = int(threadIdx.x) / 32;
  Warp warp(warp_id % Tile::kWarpsDown * Tile::kWarpRows, warp_id / Tile::kWarpsDown * Tile::kWarpColumns);

  // the second product: its first slab is on its way before those of the main one
  const bool second = g.k2 > 0 && at.split == 0;
  B b(up_to<BAlong>(g.b, end), g.scales, ring, ACopy::kBytes, at.column, from);
  unsigned char* const a2_tile = ring.stage(kStages - 1);
  auto copy_second = [&](int from2) {
    ACopy a2(g.a2, at.row, from2);
    TileCopy<Bf16Slab, BAlong, Tile::kColumns, Tile::kThreads> b2(g.b2, at.column, from2);
    if (g.aligned2)
      a2.template copy_slab<true>(a2_tile), b2.template copy_slab<true>(b.second());
    else
      a2.template copy_slab<false>(a2_tile), b2.template copy_slab<false>(b.second());
    cp_async_commit();
  };
  if (second) copy_second(0);

  ACopy a(up_to<AAlong>(g.a, end), at.row, from);
#pragma unroll 1
  for (int s = 0; s < kStages - 1; ++s) {
    a.template copy_slab<Aligned>(ring.stage(s));
    b.copy_slab(s);
    cp_async_commit();
  }

  if (second) {
#pragma unroll 1
    for (int from2 = 0; from2 < g.k2; from2 += kSlab) {
      if (from2 > 0) {
        __syncthreads();
        copy_second(from2);
        cp_async_wait<0>();
      } else {
        cp_async_wait<kStages - 1>();
      }
      __syncthreads();
#pragma unroll 1
      for (int k = 0; k < min(g.k2 - from2, kSlab); k += 16) {
        warp.load(a2_tile, b.second(), k / 16);
        warp.multiply();
      }
    }
    if (g.out.alpha != 1.0f) warp.scale(__frcp_rn(g.out.alpha));
  }

  cp_async_wait<kStages - 2>();
  __syncthreads();
  if constexpr (B::kPacked) {
    const auto table = b.table();
#pragma unroll
    for (int i = 0; i < B::kWords; ++i) b.decode(table, 0, 0, i);
    cp_async_wait<kStages - 3>();
    __syncthreads();
  }
  warp.load(ring.stage(0), b.tile(0, 0), 0);

  const int slabs = (end - from + kSlab - 1) / kSlab;
  int stage = 0;
#pragma unroll 1
  for (int i = 0; i < slabs; ++i) {
    // Here slab i is in shared memory, and packed slab i + 1 too; the warps hold its first fragments; everyone has read slab i - 1.
    const int next = stage + 1 == kStages ? 0 : stage + 1;
    const int free = stage == 0 ? kStages - 1 : stage - 1;  // the stage that slab i - 1 was read from
    [[maybe_unused]] const auto table = b.table();
    // Among the products of three steps: what fills the ring, in two runs (before a copy that follows an ldmatrix, sm_80 waits), and what
    // decodes slab i + 1, word by word.
    const auto between = [&](int part) {
      if (part == Warp::kParts - 1) {
#pragma unroll
        for (int c = 0; c < ACopy::kCopies; ++c) a.template copy<Aligned>(ring.stage(free), c);
      }
      if (part == 2 * Warp::kParts - 1) {
#pragma unroll
        for (int c = 0; c < B::kCopies; ++c) b.copy(free, c);
      }
      if constexpr (B::kPacked) {
#pragma unroll
        for (int w = 0; w < B::kWords; ++w)
          if (w * 3 * Warp::kParts / B::kWords == part) b.decode(table, i + 1, next, w);
      }
    };
    const unsigned char *a_tile = ring.stage(stage), *b_tile = b.tile(i, stage);
    warp.template multiply_and_load<0>(a_tile, b_tile, between);
    warp.template multiply_and_load<1>(a_tile, b_tile, between);
    warp.template multiply_and_load<2>(a_tile, b_tile, between);
    a.advance();
    b.advance();
    cp_async_commit();
    cp_async_wait<kStages - 2 - B::kPacked>();
    __syncthreads();
    // behind the last slab there are zeros: no branch here
    warp.template multiply_and_load<3>(ring.stage(next), b.tile(i + 1, next), [](int) {});
    stage = next;
  }

  cp_async_wait<0>();
  __syncthreads();
  GemmOutput out = g.out;
  if (g.partial)
    out = {g.partial + int64_t(at.split) * g.m * g.partial_pitch, g.partial_pitch, g.m, g.n, false, true, 1.0f, nullptr, false};
  store_warp_tile(out, warp, at.row + warp.row, at.column + warp.column, shared + warp_id * kStoreBytes<Warp>);
}

template <class Tile, Sum AAlong, Sum BAlong, class B>
constexpr int gemm_shared_bytes() {
  using Warp = WarpTile<AAlong, BAlong, Tile::kWarpRows, Tile::kWarpColumns>;
  constexpr int kRing = Tile::kStages * (TileCopy<Bf16Slab, AAlong, Tile::kRows, Tile::kThreads>::kBytes + B::kStageBytes) + B::kExtraBytes;
  static_assert(Tile::kWarps * kStoreBytes<Warp> <= kRing);
  return kRing;
}

}  // namespace fettle::cuda
