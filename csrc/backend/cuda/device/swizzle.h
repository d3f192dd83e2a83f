#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace fettle::cuda {

/// A slab: the 64 values of the summed dimension that a pipeline stage holds.
inline constexpr int kSlab = 64;
/// Tiles in shared memory are rows of 64 bf16: 128 bytes, once across the 32 banks.
inline constexpr int kTileRowBytes = 128;

/// Byte offset of a tile's 16-byte chunk (8 bf16): chunk c of row r lies at place c ^ (r % 8), so that 8 lanes that write or read 8 chunks
/// of a row, or one chunk of 8 rows (ldmatrix, either way), touch every bank once.
__device__ inline uint32_t swizzled(int row, int chunk) { return uint32_t(row * kTileRowBytes + ((chunk ^ (row & 7)) << 4)); }

}  // namespace fettle::cuda
