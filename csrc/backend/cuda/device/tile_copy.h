#pragma once
// Copies slabs of a matrix from global into shared memory, 16 bytes at a time.
#include "backend/cuda/device/swizzle.h"
#include "core/bf16.h"
#include "primitives.h"

namespace fettle::cuda {

/// Where the 64 values of the summed dimension lie: side by side in a row of the matrix (x and w of the forward pass), or one below the
/// other (w of dx = dy w; both operands of dw = dy^T x).
enum class Sum { AlongRows, AlongColumns };

/// A row-major matrix in global memory; `pitch` is the distance between rows in bytes.
struct Source {
  const unsigned char* data;
  int64_t pitch;
  int rows, columns;
};

/// 64 bf16 are 8 chunks; they lie swizzled. Where only some chunks of a row are copied, 8 lanes take rows whose places lie apart.
struct Bf16Slab {
  static constexpr int kChunks = 8, kRowBytes = kTileRowBytes;
  template <int Chunks>
  __device__ static int row(int i) {
    return i % (8 / Chunks) * Chunks + i / (8 / Chunks) % Chunks + i / 8 * 8;
  }
  __device__ static uint32_t place(int row, int chunk) { return swizzled(row, chunk); }
};
/// 64 packed NF4 weights are 2 chunks; lanes that each read a chunk of a row of their own touch every bank once.
struct Nf4Slab {
  static constexpr int kChunks = 2, kRowBytes = 32;
  template <int>
  __device__ static int row(int i) {
    return i;
  }
  __device__ static uint32_t place(int row, int chunk) { return uint32_t(row * kRowBytes + ((chunk ^ ((row >> 2) & 1)) << 4)); }
};

/// This thread's share of the copies of a tile, slab after slab. The tile is `Extent` rows of 64 values, or, when the sum runs along
/// columns, a panel of 64 rows for each 64 of Extent columns. What lies outside of the matrix becomes zero.
template <class Slab, Sum Along, int Extent, int Threads>
class TileCopy {
  static constexpr int kRows = Along == Sum::AlongRows ? Extent : 64;
  static constexpr int kPanels = Along == Sum::AlongRows ? 1 : (Extent + 63) / 64;
  static constexpr int kSlabBytes = Slab::kChunks * 16, kValues = 64 / Slab::kChunks;  // of 64 values in global memory; values of a chunk
  static constexpr int kChunks = Along == Sum::AlongColumns && Extent < 64 ? Extent * Slab::kChunks / 64 : Slab::kChunks;
  static constexpr int kStep = Threads / kChunks;         // rows between two copies of a thread
  static constexpr bool kAll = kRows * kPanels >= kStep;  // every thread takes part
  static_assert(Threads % kChunks == 0 && kStep % 8 == 0 && (kRows % kStep == 0 || kStep % kRows == 0));

 public:
  static constexpr int kBytes = kPanels * kRows * Slab::kRowBytes;
  static constexpr int kCopies = (kRows * kPanels + kStep - 1) / kStep;  // of a thread, for a slab

  /// The tile that begins at `at` of its own dimension and `from` of the summed one.
  __device__ TileCopy(const Source& source, int at, int from) : pitch_(uint32_t(source.pitch)) {
    const int row = Slab::template row<kChunks>(int(threadIdx.x) / kChunks), chunk = int(threadIdx.x) % kChunks;
    const int top = Along == Sum::AlongRows ? at : from, left = Along == Sum::AlongRows ? from : at;
    base_ = source.data + top * source.pitch + left * kSlabBytes / 64;
    offset_ = uint32_t(row % kRows) * pitch_ + uint32_t(row / kRows * kSlabBytes + chunk * 16);
    rows_ = source.rows - top - row % kRows;
    columns_ = source.columns - left - row / kRows * 64 - chunk * kValues;
    place_ = Slab::place(row, chunk);
    active_ = row < kRows * kPanels;
  }

  /// Starts this thread's i-th copy of the next slab, or, unless rows are whole chunks (Aligned), makes it.
  template <bool Aligned>
  __device__ void copy(unsigned char* tile, int i) const {
    if (kAll || active_) copy_chunk<Aligned>(tile, i);
  }
  /// On to the slab after that.
  __device__ void advance() {
    if constexpr (Along == Sum::AlongRows) {
      base_ += kSlabBytes;
      columns_ -= 64;
    } else {
      base_ += int64_t(64) * pitch_;
      rows_ -= 64;
    }
  }
  /// All copies of the next slab.
  template <bool Aligned>
  __device__ void copy_slab(unsigned char* tile) {
    if constexpr (Aligned) {
#pragma unroll
      for (int i = 0; i < kCopies; ++i) copy<true>(tile, i);
    } else {
#pragma unroll 1
      for (int i = 0; i < kCopies; ++i) copy<false>(tile, i);
    }
    advance();
  }

 private:
  /// The i-th chunk. kStep divides the rows of a panel, or they divide it: a thread's chunks lie a fixed distance apart.
  template <bool Aligned>
  __device__ void copy_chunk(unsigned char* tile, int i) const {
    const int down = i * kStep % kRows, across = i * kStep / kRows;
    const bool there = columns_ > across * 64 && down < rows_;
    const unsigned char* from = base_ + (offset_ + uint32_t(down) * pitch_ + uint32_t(across * kSlabBytes));
    unsigned char* to = tile + place_ + i * kStep * Slab::kRowBytes;
    if constexpr (Aligned) {
      cp_async16(to, from, there);
    } else {
      static_assert(Slab::kChunks == 8, "packed weights are always aligned");
      uint32_t v[8];
#pragma unroll
      for (int j = 0; j < 8; ++j) v[j] = there && across * 64 + j < columns_ ? reinterpret_cast<const bf16*>(from)[j].bits : 0u;
      store16(to, make_uint4(v[0] | v[1] << 16, v[2] | v[3] << 16, v[4] | v[5] << 16, v[6] | v[7] << 16));
    }
  }

  const unsigned char* base_;  // of the tile's next slab: the same for the whole block, so that it takes no vector registers
  uint32_t pitch_, offset_;    // this thread's first chunk lies `offset_` behind it
  int rows_, columns_;         // of the matrix, from that chunk on
  uint32_t place_;
  bool active_;
};

}  // namespace fettle::cuda
