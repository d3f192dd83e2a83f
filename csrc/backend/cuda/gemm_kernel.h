#pragma once
// The bf16 GEMM: a ring of slabs filled by cp.async, one barrier a slab, fragments of the next 16 values loaded while the matrix unit works
// on these. 2 m n k flop; a block reads (rows + columns) * 64 * 2 bytes a slab (NF4: columns * 32 of them), from L2 but for the first time.
#include "backend/cuda/device/gemm_epilogue.h"
#include "backend/cuda/device/mma_tile.h"
#include "backend/cuda/device/nf4.h"
#include "backend/cuda/gemm.h"

namespace fettle::cuda {

template <int Rows, int Columns, int WarpRows, int WarpColumns, int Stages>
struct GemmTile {
  static constexpr int kRows = Rows, kColumns = Columns, kWarpRows = WarpRows, kWarpColumns = WarpColumns, kStages = Stages;
  static constexpr int kThreads = Rows / WarpRows * (Columns / WarpColumns) * 32;
};

/// b as bf16 in global memory: its slabs lie in the ring.
template <class Tile, Sum Along, bool Aligned>
class DenseOperand {
  using Copy = TileCopy<Bf16Slab, Along, Tile::kColumns, Tile::kThreads>;

 public:
  static constexpr int kStageBytes = Copy::kBytes, kExtraBytes = 0;
  static constexpr int kAhead = 0;  // slabs that must have landed before their turn

  /// Its part of the ring's first stage is at `ring`; `behind` is what follows the ring.
  __device__ DenseOperand(const GemmArguments& g, unsigned char* ring, int stage_bytes, unsigned char*, int at, int from)
      : copy_(g.b, at, from), ring_(ring), stage_bytes_(stage_bytes) {}
  __device__ void copy(int stage) { copy_.template next<Aligned>(ring_ + stage * stage_bytes_); }
  __device__ void fetch_scale() {}
  struct Table {};
  __device__ Table table() { return {}; }
  template <int Half>
  __device__ void decode(Table, int, int) {}
  __device__ const unsigned char* tile(int, int stage) const { return ring_ + stage * stage_bytes_; }
  /// Where the second product's operand goes before the main loop.
  __device__ unsigned char* second() { return ring_ + (Tile::kStages - 1) * stage_bytes_; }

 private:
  Copy copy_;
  unsigned char* ring_;
  int stage_bytes_;
};

/// b as NF4: packed slabs lie in the ring; slab i + 1 is decoded into one of two bf16 tiles between the products of slab i. A unit is 64
/// weights with one scale, and one row of the tile; 1 or 2 threads decode it.
template <class Tile, Sum Along>
class Nf4Operand {
  using Copy = TileCopy<Nf4Slab, Along, Tile::kColumns, Tile::kThreads>;
  static constexpr int kUnits = Along == Sum::AlongRows ? Tile::kColumns : 64 * (Tile::kColumns / 64);
  static constexpr int kThreadsPerUnit = Tile::kThreads / kUnits;
  static_assert(kThreadsPerUnit == 1 || kThreadsPerUnit == 2);
  static constexpr int kTileBytes = kUnits * kTileRowBytes;

 public:
  static constexpr int kStageBytes = Copy::kBytes, kExtraBytes = 2 * kTileBytes + 1024;
  static constexpr int kAhead = 1;

  __device__ Nf4Operand(const GemmArguments& g, unsigned char* ring, int stage_bytes, unsigned char* behind, int at, int from)
      : copy_(g.b, at, from), ring_(ring), tiles_(behind), scales_(g.scales), stage_bytes_(stage_bytes) {
    unit_ = int(threadIdx.x) / kThreadsPerUnit;
    part_ = int(threadIdx.x) % kThreadsPerUnit;
    const int row = Along == Sum::AlongRows ? at + unit_ : from + unit_ % 64;
    const int column = Along == Sum::AlongRows ? from : at + unit_ / 64 * 64;
    block_ = (int64_t(row) * g.b.columns + column) / 64;
    if constexpr (Along == Sum::AlongRows) {
      blocks_ = row < g.b.rows ? (g.b.columns - from) / 64 : 0;
      step_ = 1;
    } else {
      blocks_ = column < g.b.columns ? (g.b.rows - row + 63) / 64 : 0;
      step_ = g.b.columns;  // 64 rows further
    }
    for (int i = int(threadIdx.x); i < 256; i += Tile::kThreads) map()[i] = scales_.mapped(i);
  }

  __device__ void copy(int stage) { copy_.template next<true>(ring_ + stage * stage_bytes_); }

  /// Starts to fetch the scale of the next slab of this thread's unit; behind the last one it is some finite number.
  __device__ void fetch_scale() {
    const bool present = blocks_ > 0;
    code_ = present ? scales_.code(block_) : 0;
    factor_ = present ? scales_.factor(block_) : 0.0f;
    --blocks_;
    block_ += step_;
  }
  /// The table of the slab whose scale was fetched; fetches the next one's.
  __device__ Nf4Table table() {
    const Nf4Table table(scales_.scale(map()[code_], factor_));
    fetch_scale();
    return table;
  }
  /// Decodes a half of this thread's weights.
  template <int Half>
  __device__ void decode(const Nf4Table& table, int slab, int stage) {
    constexpr int kChunks = 2 / kThreadsPerUnit;
    if constexpr (Half < kChunks) {
      const int chunk = part_ * kChunks + Half;
      const uint4 packed = load16(ring_ + stage * stage_bytes_ + Nf4Slab::place(unit_, chunk));
      unsigned char* to = tiles_ + slab % 2 * kTileBytes;
      store16(to + swizzled(unit_, 4 * chunk), table.decode8(packed.x));
      store16(to + swizzled(unit_, 4 * chunk + 1), table.decode8(packed.y));
      store16(to + swizzled(unit_, 4 * chunk + 2), table.decode8(packed.z));
      store16(to + swizzled(unit_, 4 * chunk + 3), table.decode8(packed.w));
    }
  }
  __device__ const unsigned char* tile(int slab, int) const { return tiles_ + slab % 2 * kTileBytes; }
  __device__ unsigned char* second() { return tiles_ + kTileBytes; }

 private:
  __device__ float* map() { return reinterpret_cast<float*>(tiles_ + 2 * kTileBytes); }

  Copy copy_;
  unsigned char *ring_, *tiles_;
  ScaleReader scales_;
  int stage_bytes_, unit_, part_, blocks_, step_;
  int64_t block_;
  uint32_t code_;
  float factor_;
};

/// The block's tile of c: 8 tiles of rows share a tile of columns while it is in L2.
struct TilePlace {
  int row, column;
};
template <class Tile>
__device__ TilePlace tile_place(int m, int n) {
  constexpr int kGroup = 8;
  const int tiles_m = (m + Tile::kRows - 1) / Tile::kRows, tiles_n = (n + Tile::kColumns - 1) / Tile::kColumns;
  const int id = int(blockIdx.x), group = id / (kGroup * tiles_n), first = group * kGroup;
  const int height = min(tiles_m - first, kGroup), within = id - group * kGroup * tiles_n;
  return {(first + within % height) * Tile::kRows, within / height * Tile::kColumns};
}

template <class Warp>
__device__ void store_tile(const GemmArguments& g, const Warp& warp, TilePlace at) {
  if (g.partial) {
    float* partial = g.partial + int64_t(blockIdx.z) * g.m * g.n;
    warp.each_pair([&](int row, int column, float c0, float c1) {
      if (at.row + row >= g.m) return;
      float* to = partial + int64_t(at.row + row) * g.n + at.column + column;
      if (at.column + column < g.n) to[0] = c0;
      if (at.column + column + 1 < g.n) to[1] = c1;
    });
    return;
  }
  const GemmEpilogue out(g);
  warp.each_pair([&](int row, int column, float c0, float c1) { out.store_pair(at.row + row, at.column + column, c0, c1); });
}

template <class Tile, Sum AAlong, Sum BAlong, class B, bool Aligned>
__global__ void __launch_bounds__(Tile::kThreads, 1) gemm_kernel(const GemmArguments g) {
  using ACopy = TileCopy<Bf16Slab, AAlong, Tile::kRows, Tile::kThreads>;
  using B2Copy = TileCopy<Bf16Slab, BAlong, Tile::kColumns, Tile::kThreads>;
  using Warp = WarpTile<AAlong, BAlong, Tile::kWarpRows, Tile::kWarpColumns>;
  constexpr int kStages = Tile::kStages, kStageBytes = ACopy::kBytes + B::kStageBytes;
  FETTLE_SHARED(ring);

  const TilePlace at = tile_place<Tile>(g.m, g.n);
  const int warp_id = int(threadIdx.x) / 32, from = int(blockIdx.z) * g.slabs * kSlab;
  constexpr int kWarpsDown = Tile::kRows / Tile::kWarpRows;
  Warp warp(warp_id % kWarpsDown * Tile::kWarpRows, warp_id / kWarpsDown * Tile::kWarpColumns);
  const int slabs = min(g.slabs, (g.k - from + kSlab - 1) / kSlab);

  // the second product's first slab is on its way before those of the first
  const bool second = g.k2 > 0 && blockIdx.z == 0;
  ACopy a2(g.a2, at.row, 0);
  B2Copy b2(g.b2, at.column, 0);
  B b(g, ring + ACopy::kBytes, kStageBytes, ring + kStages * kStageBytes, at.column, from);
  unsigned char* const a2_tile = ring + (kStages - 1) * kStageBytes;
  auto copy_second = [&] {
    if (g.aligned2) {
      a2.template next<true>(a2_tile), b2.template next<true>(b.second());
    } else {
      a2.template next<false>(a2_tile), b2.template next<false>(b.second());
    }
    cp_async_commit();
  };
  if (second) copy_second();

  ACopy a(g.a, at.row, from);
  auto copy_slab = [&](int stage) {
    a.template next<Aligned>(ring + stage * kStageBytes);
    b.copy(stage);
    cp_async_commit();
  };
  for (int s = 0; s < kStages - 1; ++s) copy_slab(s);
  b.fetch_scale();

  typename Warp::Fragments f[2];
  if (second) {
    for (int from2 = 0; from2 < g.k2; from2 += kSlab) {
      if (from2 > 0) {
        __syncthreads();
        copy_second();
        cp_async_wait<0>();
      } else {
        cp_async_wait<kStages - 1>();
      }
      __syncthreads();
      for (int k = 0; k < min(g.k2 - from2, kSlab); k += 16) {
        warp.load(f[0], a2_tile, b.second(), k / 16);
        warp.multiply(f[0]);
      }
    }
    if (g.alpha != 1.0f) warp.scale(__frcp_rn(g.alpha));
  }

  if constexpr (B::kAhead > 0) {
    cp_async_wait<kStages - 2>();
    __syncthreads();
    const auto table = b.table();
    b.template decode<0>(table, 0, 0);
    b.template decode<1>(table, 0, 0);
  }
  int stage = 0;
  for (int i = 0; i < slabs; ++i) {
    cp_async_wait<kStages - 2 - B::kAhead>();
    __syncthreads();
    // into the stage that the last slab was read from: everyone is past it
    copy_slab(stage == 0 ? kStages - 1 : stage - 1);
    const int next = stage + 1 == kStages ? 0 : stage + 1;
    const unsigned char *a_tile = ring + stage * kStageBytes, *b_tile = b.tile(i, stage);
    warp.load(f[0], a_tile, b_tile, 0);
    const auto table = b.table();
#pragma unroll
    for (int k = 0; k < kSlab / 16; ++k) {
      if (k + 1 < kSlab / 16) warp.load(f[(k + 1) % 2], a_tile, b_tile, k + 1);
      warp.multiply(f[k % 2]);
      if (k == 0) b.template decode<0>(table, i + 1, next);
      if (k == 1) b.template decode<1>(table, i + 1, next);
    }
    stage = next;
  }
  cp_async_wait<0>();
  store_tile(g, warp, at);
}

template <class Tile, Sum AAlong, class B>
constexpr int gemm_shared_bytes() {
  return Tile::kStages * (TileCopy<Bf16Slab, AAlong, Tile::kRows, Tile::kThreads>::kBytes + B::kStageBytes) + B::kExtraBytes;
}

}  // namespace fettle::cuda
