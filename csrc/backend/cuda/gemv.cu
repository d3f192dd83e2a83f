#include <algorithm>

#include "backend/cuda/gemm.h"

// y = x w^T for a few tokens: every weight is read once, straight into the fragments of the matrix unit, where rows of w are the 16 rows
// and tokens the 8 columns. The order of k within a product is free as long as w and x agree: a lane takes whole runs of it.

namespace fettle::cuda {
namespace {

constexpr int kWarps = 8, kThreads = kWarps * 32;
constexpr int kRows = 16;  // of w, for a block at a time; its warps share out k
constexpr int kMapBytes = 256 * 4;
constexpr int kXBytes = 64 << 10;  // of x in shared memory at a time

/// x [tokens, columns] in shared memory: 64 values are a row of 128 bytes, its chunks placed by token and block, so that 2 tokens of 4
/// blocks (NF4), or of 4 chunks of a block (bf16), touch every bank once.
__device__ uint32_t x_place(int token, int column, int columns) {
  const int block = column / 64, chunk = column % 64 / 8, key = token % 2 * 4 + block % 4;
  return uint32_t(token * columns * 2 + block * 128 + ((chunk ^ key) << 4));
}

/// Columns [from, from + columns) of x, zeros outside of it.
__device__ void stage_x(const Source& x, bool aligned, int from, int columns, unsigned char* to) {
  const int chunks = columns / 8;
  for (int i = int(threadIdx.x); i < x.rows * chunks; i += kThreads) {
    const int token = i / chunks, column = i % chunks * 8;
    const int values = min(max(x.columns - from - column, 0), 8);
    const unsigned char* source = x.data + token * x.pitch + int64_t(from + column) * 2;
    unsigned char* place = to + x_place(token, column, columns);
    if (aligned) {
      cp_async16_part(place, source, values * 2);
    } else {
      uint32_t v[8];
#pragma unroll
      for (int j = 0; j < 8; ++j) v[j] = j < values ? reinterpret_cast<const bf16*>(source)[j].bits : 0u;
      store16(place, make_uint4(v[0] | v[1] << 16, v[2] | v[3] << 16, v[4] | v[5] << 16, v[6] | v[7] << 16));
    }
  }
  cp_async_commit();
  cp_async_wait<0>();
}

/// What a lane holds of rows g and g + 8 of w: bf16, 4 chunks of 8 values of 128 columns.
struct DenseRun {
  static constexpr int kColumns = 128;
  uint4 w[2][4];

  __device__ void load(const GemmArguments& g, int row, int column) {
    const int lane = int(threadIdx.x) % 32;
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int r = row + lane / 4 + 8 * half, c = column + 32 * i + lane % 4 * 8;
        w[half][i] = r < g.n && c < g.k ? load16(g.b.data + r * g.b.pitch + int64_t(c) * 2) : make_uint4(0, 0, 0, 0);
      }
  }
  /// Calls f(column of x, rows g's 8 weights, rows g + 8's).
  template <class F>
  __device__ void each(const GemmArguments&, const float*, F&& f) const {
#pragma unroll
    for (int i = 0; i < 4; ++i) f(32 * i + int(threadIdx.x) % 4 * 8, w[0][i], w[1][i]);
  }
};

/// NF4: a block of 64 of each row; 4 blocks, 256 columns, for a warp.
struct PackedRun {
  static constexpr int kColumns = 256;
  uint4 w[2][2];
  uint32_t code[2];
  float factor[2];

  __device__ void load(const GemmArguments& g, int row, int column) {
    const int lane = int(threadIdx.x) % 32, c = column + lane % 4 * 64;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int r = row + lane / 4 + 8 * half;
      const bool present = r < g.n && c < g.k;
      const unsigned char* from = g.b.data + r * g.b.pitch + c / 2;
      const int64_t block = (int64_t(r) * g.k + c) / 64;
      w[half][0] = present ? load16(from) : make_uint4(0, 0, 0, 0);
      w[half][1] = present ? load16(from + 16) : make_uint4(0, 0, 0, 0);
      code[half] = present ? g.scales.code(block) : 0;
      factor[half] = present ? g.scales.factor(block) : 0.0f;
    }
  }
  template <class F>
  __device__ void each(const GemmArguments& g, const float* map, F&& f) const {
    const Nf4Table upper(g.scales.scale(map[code[0]], factor[0])), lower(g.scales.scale(map[code[1]], factor[1]));
    const int column = int(threadIdx.x) % 4 * 64;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      f(column + 32 * i, upper.decode8(w[0][i].x), lower.decode8(w[1][i].x));
      f(column + 32 * i + 8, upper.decode8(w[0][i].y), lower.decode8(w[1][i].y));
      f(column + 32 * i + 16, upper.decode8(w[0][i].z), lower.decode8(w[1][i].z));
      f(column + 32 * i + 24, upper.decode8(w[0][i].w), lower.decode8(w[1][i].w));
    }
  }
};

/// Element (token, row) of the product with an adapter.
__device__ float lora_dot(const GemmArguments& g, int token, int row) {
  const bf16* s = reinterpret_cast<const bf16*>(g.a2.data + token * g.a2.pitch);
  const bf16* b = reinterpret_cast<const bf16*>(g.b2.data + row * g.b2.pitch);
  float sum = 0;
  for (int r = 0; r < g.k2; ++r) sum += to_float(s[r]) * to_float(b[r]);
  return sum;
}

// Bytes: w once (2 or 0.516 a weight), x once a block. NF4: 3 ALU instructions a weight, which on A100 and H100 is the tighter limit
template <class Run, int Groups>
__global__ void __launch_bounds__(kThreads, 2) gemv(const __grid_constant__ GemmArguments g, int x_aligned, int x_columns) {
  constexpr bool kPacked = Run::kColumns == PackedRun::kColumns;
  constexpr int kStride = kWarps * Run::kColumns, kSums = kWarps * 32 * 4 * Groups;
  FETTLE_SHARED(shared);
  float *map = reinterpret_cast<float*>(shared), *sums = map + 256;
  unsigned char* x = shared + kMapBytes + 2 * kSums * 4;
  const int lane = int(threadIdx.x) % 32, warp = int(threadIdx.x) / 32, token = lane / 4;
  if constexpr (kPacked)
    for (int i = int(threadIdx.x); i < 256; i += kThreads) map[i] = g.scales.mapped(i);

  const int first = warp * Run::kColumns;
  int next_row = int(blockIdx.x) * kRows, next_column = first;
  Run next;
  next.load(g, next_row, next_column);
  int buffer = 0;
  for (int row = int(blockIdx.x) * kRows; row < g.n; row += int(gridDim.x) * kRows, buffer ^= 1) {
    float c[Groups][4] = {};
    for (int from = 0; from < g.k; from += x_columns) {
      if (x_columns < g.k || row == int(blockIdx.x) * kRows) {
        __syncthreads();
        stage_x(g.a, x_aligned, from, x_columns, x);
        __syncthreads();
      }
      for (int column = from + first; column < min(from + x_columns, g.k); column += kStride) {
        const Run run = next;
        next_column += kStride;
        if (next_column >= g.k) next_column = first, next_row += int(gridDim.x) * kRows;
        next.load(g, next_row, next_column);
        run.each(g, map, [&](int k, const uint4& upper, const uint4& lower) {
#pragma unroll
          for (int group = 0; group < Groups; ++group) {
            const int t = token + 8 * group;
            const uint4 v = t < g.m ? load16(x + x_place(t, column - from + k, x_columns)) : make_uint4(0, 0, 0, 0);
            mma_bf16(c[group], {upper.x, lower.x, upper.y, lower.y}, v.x, v.y);
            mma_bf16(c[group], {upper.z, lower.z, upper.w, lower.w}, v.z, v.w);
          }
        });
      }
    }
    // the warps' sums, in their order; the buffers take turns, so that one barrier a tile is enough
    float* mine = sums + buffer * kSums;
#pragma unroll
    for (int group = 0; group < Groups; ++group)
#pragma unroll
      for (int e = 0; e < 4; ++e) mine[(warp * Groups * 4 + group * 4 + e) * 32 + lane] = c[group][e];
    __syncthreads();
    for (int i = int(threadIdx.x); i < kRows * 8 * Groups; i += kThreads) {
      // fragment e of lane l is row l / 4 + 8 (e / 2), token 2 (l % 4) + e % 2
      const int r = i % kRows, t = i / kRows, e = r / 8 * 2 + t % 2, l = r % 8 * 4 + t % 8 / 2;
      if (t >= g.m || row + r >= g.n) continue;
      float sum = 0;
#pragma unroll
      for (int w = 0; w < kWarps; ++w) sum += mine[(w * Groups * 4 + t / 8 * 4 + e) * 32 + l];
      g.out.store_one(t, row + r, sum, g.k2 > 0 ? lora_dot(g, t, row + r) : 0.0f);
    }
  }
}

template <class Run, int Groups>
void start_gemv(Device& device, const GemmArguments& g, dim3) {
  // whole rows of x where they fit, else as many columns as all warps take in a few turns
  constexpr int kStride = kWarps * Run::kColumns;
  const int columns = std::max(1, std::min((g.k + kStride - 1) / kStride, kXBytes / (g.m * 2 * kStride))) * kStride;
  const size_t shared = kMapBytes + 2 * kWarps * 32 * 4 * Groups * sizeof(float) + size_t(g.m) * columns * 2;
  const int tiles = (g.n + kRows - 1) / kRows, most = device.properties().multiProcessorCount * (shared > 48 << 10 ? 1 : 2);
  const bool aligned = reinterpret_cast<uintptr_t>(g.a.data) % 16 == 0 && g.a.pitch % 16 == 0;
  launch(device, "gemv", gemv<Run, Groups>, dim3(unsigned(std::min(tiles, most))), dim3(kThreads), shared, g, int(aligned), columns);
}

template <class Run, int Groups>
constexpr GemmConfig config(const char* name) {
  return {.name = name,
          .rows = 8 * Groups,
          .columns = kRows,
          .warp_rows = 8 * Groups,
          .warp_columns = kRows,
          .stages = 2,
          .threads = kThreads,
          .shared_bytes = kMapBytes + 2 * kWarps * 32 * 4 * Groups * 4 + kXBytes,
          .blocks = 2,
          .nf4 = Run::kColumns == PackedRun::kColumns,
          .aligned = true,
          .gemv = true,
          .start = start_gemv<Run, Groups>};
}
constexpr GemmConfig kConfigs[] = {
    config<DenseRun, 1>("gemv8"),
    config<DenseRun, 2>("gemv16"),
    config<PackedRun, 1>("nf4_gemv8"),
    config<PackedRun, 2>("nf4_gemv16"),
};

}  // namespace

std::span<const GemmConfig> gemv_configs() { return kConfigs; }

}  // namespace fettle::cuda
