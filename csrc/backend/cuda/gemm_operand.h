#pragma once
// The two forms of a GEMM's second operand, in one interface: copy(stage) starts the copies of the next slab, tile(slab, stage) is where
// its bf16 tile lies, second() where that of the LoRA product may lie before the main loop.
#include "backend/cuda/gemm.h"

namespace fettle::cuda {

/// A ring of slabs in shared memory, and what lies behind it.
struct Ring {
  unsigned char* first;
  int stage_bytes, stages;
  __device__ unsigned char* stage(int i) const { return first + i * stage_bytes; }
  __device__ unsigned char* behind() const { return stage(stages); }
};

/// bf16: its slabs lie in the ring.
template <class Tile, Sum Along, bool Aligned>
class DenseOperand {
  using Copy = TileCopy<Bf16Slab, Along, Tile::kColumns, Tile::kThreads>;

 public:
  static constexpr int kStageBytes = Copy::kBytes, kExtraBytes = 0, kCopies = Copy::kCopies;
  static constexpr bool kPacked = false;

  /// `offset` is its place in a stage.
  __device__ DenseOperand(const Source& b, const ScaleReader&, Ring ring, int offset, int at, int from)
      : copy_(b, at, from), ring_(ring), offset_(offset) {}
  __device__ void copy(int stage, int i) const { copy_.template copy<Aligned>(ring_.stage(stage) + offset_, i); }
  __device__ void advance() { copy_.advance(); }
  __device__ void copy_slab(int stage) { copy_.template copy_slab<Aligned>(ring_.stage(stage) + offset_); }
  struct NoTable {};
  __device__ NoTable table() { return {}; }
  __device__ const unsigned char* tile(int, int stage) const { return ring_.stage(stage) + offset_; }
  __device__ unsigned char* second() { return ring_.stage(ring_.stages - 1) + offset_; }

 private:
  Copy copy_;
  Ring ring_;
  int offset_;
};

/// NF4: packed slabs lie in the ring; slab i + 1 is decoded into one of two bf16 tiles between the products of slab i. A unit is 64 weights
/// with one scale, and one row of the tile; 1 or 2 threads decode it.
template <class Tile, Sum Along>
class Nf4Operand {
  using Copy = TileCopy<Nf4Slab, Along, Tile::kColumns, Tile::kThreads>;
  static constexpr int kUnits = Tile::kColumns;
  static constexpr int kThreadsPerUnit = Tile::kThreads / kUnits;
  static_assert(kThreadsPerUnit == 1 || kThreadsPerUnit == 2);
  static constexpr int kTileBytes = kUnits * kTileRowBytes;

 public:
  static constexpr int kStageBytes = Copy::kBytes, kExtraBytes = 2 * kTileBytes, kCopies = Copy::kCopies;
  static constexpr int kWords = 8 / kThreadsPerUnit;  // of 8 weights, that a thread decodes for a slab
  static constexpr bool kPacked = true;

  __device__ Nf4Operand(const Source& b, const ScaleReader& scales, Ring ring, int offset, int at, int from)
      : copy_(b, at, from), scales_(scales), ring_(ring), offset_(offset) {
    unit_ = int(threadIdx.x) / kThreadsPerUnit;
    part_ = int(threadIdx.x) % kThreadsPerUnit;
    const int row = Along == Sum::AlongRows ? at + unit_ : from + unit_ % 64;
    const int column = Along == Sum::AlongRows ? from : at + unit_ / 64 * 64;
    const int blocks_per_row = int(b.pitch / 32);  // b.columns may be those of this split only
    block_ = uint32_t(row) * uint32_t(blocks_per_row) + uint32_t(column / 64);
    if constexpr (Along == Sum::AlongRows) {
      left_ = row < b.rows ? (b.columns - from) / 64 : 0;
      step_ = 1;
    } else {
      left_ = column < b.columns ? (b.rows - row + 63) / 64 : 0;
      step_ = 64 * blocks_per_row;
    }
    // a scale's parts come one after the other, a slab ahead each
    fetch_code();
    fetch_factor();
    fetch_code();
  }

  __device__ void copy(int stage, int i) const { copy_.template copy<true>(ring_.stage(stage) + offset_, i); }
  __device__ void advance() { copy_.advance(); }
  __device__ void copy_slab(int stage) { copy_.template copy_slab<true>(ring_.stage(stage) + offset_); }

  /// The table of the next slab of this thread's unit; behind the last one its scale is some finite number.
  __device__ Nf4Table table() {
    const Nf4Table table(scales_.scale(mapped_, factor_));
    fetch_factor();
    fetch_code();
    return table;
  }
  /// Decodes this thread's i-th word of packed slab `slab`; the words come in order.
  __device__ void decode(const Nf4Table& table, int slab, int stage, int i) {
    const int chunk = part_ * (kWords / 4) + i / 4;
    if (i % 4 == 0) packed_ = load16(ring_.stage(stage) + offset_ + Nf4Slab::place(unit_, chunk));
    const uint32_t word = i % 4 == 0 ? packed_.x : i % 4 == 1 ? packed_.y : i % 4 == 2 ? packed_.z : packed_.w;
    store16(decoded(slab) + swizzled(unit_, 4 * chunk + i % 4), table.decode8(word));
  }
  __device__ const unsigned char* tile(int slab, int) const { return decoded(slab); }
  __device__ unsigned char* second() { return decoded(1); }

 private:
  __device__ unsigned char* decoded(int slab) const { return ring_.behind() + slab % 2 * kTileBytes; }
  __device__ void fetch_code() {
    code_ = left_ > 0 ? scales_.code(block_) : 0;
    block_ += step_;
    --left_;
  }
  /// Of the slab whose code was fetched last.
  __device__ void fetch_factor() {
    mapped_ = scales_.mapped(code_);
    factor_ = left_ >= 0 ? scales_.factor(block_ - step_) : 0.0f;
  }

  Copy copy_;
  ScaleReader scales_;
  Ring ring_;
  int offset_, unit_, part_, left_, step_;
  uint32_t block_, code_;  // there are fewer than 2^32 blocks
  float mapped_, factor_;
  uint4 packed_;
};

}  // namespace fettle::cuda
