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

/// What a lane takes of rows g and g + 8 of w, where g = lane / 4, in one turn. bf16: 4 chunks of 8 values, 32 columns apart.
struct DenseRun {
  static constexpr bool kPacked = false;
  static constexpr int kColumns = 128;  // of a warp's turn
  uint4 w[2][4];

  static __device__ int lane_column() { return int(threadIdx.x) % 4 * 8; }
  /// x lies in rows of 128 bytes, 64 values of a token; what is added to a chunk's place so that 2 tokens x 4 chunks touch every bank once.
  static __device__ int key(int token, int) { return token % 2 * 4; }

  /// The lane's part begins at `from` of its two rows, which is column `column`.
  __device__ void load(const GemmArguments& g, const unsigned char* (&from)[2], const bool (&present)[2], int column,
                       const int64_t (&)[2]) {
#pragma unroll
    for (int half = 0; half < 2; ++half)
#pragma unroll
      for (int i = 0; i < 4; ++i)
        w[half][i] = present[half] && column + 32 * i < g.k ? load16(from[half] + 64 * i) : make_uint4(0, 0, 0, 0);
  }
  /// Calls f(where its x is, 8 weights of row g, those of row g + 8); x of the first is at `place`.
  template <class F>
  __device__ void each(const GemmArguments&, const float*, uint32_t place, F&& f) const {
#pragma unroll
    for (int i = 0; i < 4; ++i) f((place ^ uint32_t(i % 2 * 64)) + i / 2 * 128, w[0][i], w[1][i]);
  }
};

/// NF4: a block of 64 of each row.
struct PackedRun {
  static constexpr bool kPacked = true;
  static constexpr int kColumns = 256;
  uint4 w[2][2];
  uint32_t code[2];
  float factor[2];

  static __device__ int lane_column() { return int(threadIdx.x) % 4 * 64; }
  static __device__ int key(int token, int block) { return token % 2 * 4 + block % 4; }  // 2 tokens x 4 blocks

  __device__ void load(const GemmArguments& g, const unsigned char* (&from)[2], const bool (&present)[2], int column,
                       const int64_t (&block)[2]) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const bool there = present[half] && column < g.k;
      w[half][0] = there ? load16(from[half]) : make_uint4(0, 0, 0, 0);
      w[half][1] = there ? load16(from[half] + 16) : make_uint4(0, 0, 0, 0);
      code[half] = there ? g.scales.code(block[half]) : 0;
      factor[half] = there ? g.scales.factor(block[half]) : 0.0f;
    }
  }
  template <class F>
  __device__ void each(const GemmArguments& g, const float* map, uint32_t place, F&& f) const {
    const Nf4Table upper(g.scales.scale(map[code[0]], factor[0])), lower(g.scales.scale(map[code[1]], factor[1]));
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      f(place ^ uint32_t(64 * i), upper.decode8(w[0][i].x), lower.decode8(w[1][i].x));
      f(place ^ uint32_t(64 * i + 16), upper.decode8(w[0][i].y), lower.decode8(w[1][i].y));
      f(place ^ uint32_t(64 * i + 32), upper.decode8(w[0][i].z), lower.decode8(w[1][i].z));
      f(place ^ uint32_t(64 * i + 48), upper.decode8(w[0][i].w), lower.decode8(w[1][i].w));
    }
  }
};

/// A lane's way through w: its warp's columns of a tile of 16 rows, then those of the block's next tile.
template <class Run>
class Walk {
 public:
  __device__ explicit Walk(const GemmArguments& g) : g_(g), row_(int(blockIdx.x) * kRows) { begin_tile(); }

  /// Loads the next run.
  __device__ Run next() {
    Run run;
    run.load(g_, from_, present_, column_, block_);
    column_ += kWarps * Run::kColumns;
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      from_[half] += kWarps * Run::kColumns * (Run::kPacked ? 1 : 4) / 2;
      block_[half] += kWarps * Run::kColumns / 64;
    }
    if (column_ - Run::lane_column() >= g_.k) {
      row_ += int(gridDim.x) * kRows;
      begin_tile();
    }
    return run;
  }

 private:
  __device__ void begin_tile() {
    column_ = int(threadIdx.x) / 32 * Run::kColumns + Run::lane_column();
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = row_ + int(threadIdx.x) % 32 / 4 + 8 * half;
      present_[half] = row < g_.n;
      from_[half] = g_.b.data + row * g_.b.pitch + (Run::kPacked ? column_ / 2 : column_ * 2);
      block_[half] = (int64_t(row) * g_.k + column_) / 64;
    }
  }

  const GemmArguments& g_;
  int row_, column_;
  bool present_[2];
  const unsigned char* from_[2];
  int64_t block_[2];
};

/// Columns [from, from + columns) of x into shared memory, zeros outside of it.
template <class Run>
__device__ void stage_x(const Source& x, bool aligned, int from, int columns, unsigned char* to) {
  const int chunk = int(threadIdx.x) % 8, block = int(threadIdx.x) / 8;
  for (int token = 0; token < x.rows; ++token) {
    unsigned char* place = to + token * columns * 2 + block * 128 + ((chunk ^ Run::key(token, block)) << 4);
    const unsigned char* source = x.data + token * x.pitch + (int64_t(from) + int(threadIdx.x) * 8) * 2;
    int left = x.columns - from - int(threadIdx.x) * 8;  // of x, whose columns are whole chunks
    // a step of 32 blocks, which leaves the key as it is
    for (int column = int(threadIdx.x) * 8; column < columns; column += kThreads * 8) {
      if (aligned) {
        cp_async16(place, source, left > 0);
      } else {
        uint32_t v[8];
#pragma unroll
        for (int j = 0; j < 8; ++j) v[j] = left > 0 ? reinterpret_cast<const bf16*>(source)[j].bits : 0u;
        store16(place, make_uint4(v[0] | v[1] << 16, v[2] | v[3] << 16, v[4] | v[5] << 16, v[6] | v[7] << 16));
      }
      place += kThreads * 16, source += kThreads * 16, left -= kThreads * 8;
    }
  }
  cp_async_commit();
  cp_async_wait<0>();
}

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
  constexpr int kStride = kWarps * Run::kColumns, kSums = kWarps * 32 * 4 * Groups;
  FETTLE_SHARED(shared);
  float *map = reinterpret_cast<float*>(shared), *sums = map + 256;
  unsigned char* x = shared + kMapBytes + 2 * kSums * 4;
  const int lane = int(threadIdx.x) % 32, warp = int(threadIdx.x) / 32, token = lane / 4;
  if constexpr (Run::kPacked)
    for (int i = int(threadIdx.x); i < 256; i += kThreads) map[i] = g.scales.mapped(i);

  // where the lane's x begins, for its token of the first group
  const uint32_t lane_place =
      uint32_t(token * x_columns * 2 + Run::lane_column() * 2) ^ uint32_t(Run::key(token, Run::lane_column() / 64) << 4);
  const int first = warp * Run::kColumns;
  Walk<Run> walk(g);
  Run next = walk.next();
  int buffer = 0;
  for (int row = int(blockIdx.x) * kRows; row < g.n; row += int(gridDim.x) * kRows, buffer ^= 1) {
    float c[Groups][4] = {};
    for (int from = 0; from < g.k; from += x_columns) {
      if (x_columns < g.k || row == int(blockIdx.x) * kRows) {
        __syncthreads();
        stage_x<Run>(g.a, x_aligned, from, x_columns, x);
        __syncthreads();
      }
      const int end = min(x_columns, g.k - from);
#pragma unroll 1
      for (int column = first; column < end; column += kStride) {
        const Run run = next;
        next = walk.next();
        run.each(g, map, lane_place + column * 2, [&](uint32_t place, const uint4& upper, const uint4& lower) {
#pragma unroll
          for (int group = 0; group < Groups; ++group) {
            const uint4 v = token + 8 * group < g.m ? load16(x + place + group * 16 * x_columns) : make_uint4(0, 0, 0, 0);
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
void start_gemv(Device& device, const GemmArguments& g, int) {
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
          .nf4 = Run::kPacked,
          .aligned = true,
          .gemv = true,
          .workspace_bytes = 0,
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
