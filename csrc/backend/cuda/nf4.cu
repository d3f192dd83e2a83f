#include "backend/cuda/device.h"
#include "backend/cuda/device/dynamic_map.h"
#include "backend/cuda/device/nf4.h"
#include "backend/cuda/device/paired.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "core/nf4.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32;
constexpr int kBlock = 64;   // weights of a scale
constexpr int kGroup = 256;  // scales of a second-level scale

unsigned blocks_of(int64_t n, int64_t each) { return unsigned((n + each - 1) / each); }
bool aligned(const Tensor& t) { return reinterpret_cast<uintptr_t>(t.data) % 16 == 0; }

// ---- quantize

/// How many thresholds lie below x, by halving.
__device__ inline uint32_t nf4_code(float x) {
  constexpr auto t = kNf4Threshold;
  const bool a = x > t[7];
  const bool b = x > (a ? t[11] : t[3]);
  const bool c = x > (a ? (b ? t[13] : t[9]) : (b ? t[5] : t[1]));
  const float last = a ? (b ? (c ? t[14] : t[12]) : (c ? t[10] : t[8])) : (b ? (c ? t[6] : t[4]) : (c ? t[2] : t[0]));
  return (a ? 8u : 0u) + (b ? 4u : 0u) + (c ? 2u : 0u) + (x > last ? 1u : 0u);
}

/// What holds two nibbles of each two of W weights.
template <int W>
using Packed = std::conditional_t<W == 8, uint32_t, uint16_t>;

// Lanes of 16 bytes take a block of 64 weights together. bf16: 2.56 bytes a weight
template <class T, bool Whole>
__global__ void __launch_bounds__(kThreads) nf4_quantize(const T* x, uint8_t* packed, float* absmax, int64_t n) {
  constexpr int W = kWidth<T>;
  const int64_t i = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * W;
  float v[W] = {};
  if (i < n) read_vector<Whole>(v, x, i, n);
  float highest = 0;
#pragma unroll
  for (float value : v) highest = fmaxf(highest, fabsf(value));
#pragma unroll
  for (int mask = kBlock / W / 2; mask > 0; mask /= 2) highest = fmaxf(highest, shuffle_xor(highest, mask));
  if (i >= n) return;
  if (i % kBlock == 0) absmax[i / kBlock] = highest;
  const float reciprocal = __fdiv_rn(1.0f, fmaxf(highest, 1e-38f));
  uint32_t word = 0;  // past the end a zero is packed: nibble 7
#pragma unroll
  for (int j = 0; j < W; ++j) word |= nf4_code(__fmul_rn(v[j], reciprocal)) << (8 * (j / 2) + (j % 2 ? 0 : 4));
  if constexpr (Whole) {
    reinterpret_cast<Packed<W>*>(packed)[i / W] = Packed<W>(word);
  } else {
#pragma unroll
    for (int j = 0; j < W / 2; ++j)
      if (i + 2 * j < n) packed[i / 2 + j] = uint8_t(word >> (8 * j));
  }
}

// ---- quantize the scales

constexpr int64_t kChunk = 16384;  // scales whose sum a block makes; a constant, so that the order of sums depends on n only

/// The block's sum of doubles, in thread 0, in a fixed order; `of_warp` holds kWarps.
__device__ inline double block_sum(double v, double* of_warp) {
#pragma unroll
  for (int mask = 16; mask > 0; mask /= 2) v += shuffle_xor(v, mask);
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = v;
  __syncthreads();
  double total = 0;
#pragma unroll
  for (int w = 0; w < kWarps; ++w) total += of_warp[w];
  return total;
}

__global__ void __launch_bounds__(kThreads) sum_scales(const float* absmax, int64_t n, double* partial) {
  FETTLE_SHARED(shared);
  const int64_t first = int64_t(blockIdx.x) * kChunk;
  double sum = 0;
  for (int64_t i = first + threadIdx.x; i < min(n, first + kChunk); i += kThreads) sum += double(absmax[i]);
  const double total = block_sum(sum, reinterpret_cast<double*>(shared));
  if (threadIdx.x == 0) partial[blockIdx.x] = total;
}

__global__ void __launch_bounds__(kThreads) mean_scale(const double* partial, int64_t chunks, int64_t n, float* offset) {
  FETTLE_SHARED(shared);
  double sum = 0;
  for (int64_t c = threadIdx.x; c < chunks; c += kThreads) sum += partial[c];
  const double total = block_sum(sum, reinterpret_cast<double*>(shared));
  if (threadIdx.x == 0) *offset = float(total / double(n));
}

// A warp takes a group of 256 scales, two runs of four a lane.
template <bool Whole>
__global__ void __launch_bounds__(kThreads)
    nf4_quantize_scales(const float* absmax, const float* offset, const __grid_constant__ DynamicMap map, uint8_t* codes, float* absmax2,
                        int64_t n) {
  FETTLE_SHARED(shared);
  const Midpoints midpoints{reinterpret_cast<float*>(shared)};
  midpoints.fill(map, kThreads);
  __syncthreads();
  const int64_t group = int64_t(blockIdx.x) * kWarps + threadIdx.x / 32, first = group * kGroup + threadIdx.x % 32 * 4;
  if (group * kGroup >= n) return;
  const float middle = *offset;
  float v[2][4] = {}, highest = 0;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int64_t i = first + 128 * half;
    if (i < n) read_vector<Whole>(v[half], absmax, i, n);
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      v[half][j] = i + j < n ? __fsub_rn(v[half][j], middle) : 0.0f;
      highest = fmaxf(highest, fabsf(v[half][j]));
    }
  }
  highest = warp_max(highest);
  if (threadIdx.x % 32 == 0) absmax2[group] = highest;
  const float reciprocal = __fdiv_rn(1.0f, fmaxf(highest, 1e-38f));
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    uint32_t code[4];
#pragma unroll
    for (int j = 0; j < 4; ++j) code[j] = midpoints.nearest(__fmul_rn(v[half][j], reciprocal));
    write_codes<Whole>(codes, first + 128 * half, n, code);
  }
}

// ---- dequantize

/// Packed bytes of the last block, which may be short, from byte `at`; zeros from `end` on.
__device__ inline uint4 load_short(const uint8_t* packed, int64_t at, int64_t end) {
  uint32_t words[4] = {};
#pragma unroll
  for (int j = 0; j < 16; ++j)
    if (at + j < end) words[j / 4] |= uint32_t(packed[at + j]) << (8 * (j % 4));
  return make_uint4(words[0], words[1], words[2], words[3]);
}

/// Rows of y as runs of weights reach them: weight i lies at (i / cols, i % cols).
template <class T, int W>
struct FlatRows {
  Rows<T> rows;
  int64_t cols;
  Divider vectors;  // of W in a row, where cols is a multiple of W

  explicit FlatRows(const Tensor& t) : rows(rows_of<T>(t)), cols(t.cols), vectors(uint32_t(std::max<int64_t>(t.cols / W, 1))) {}
  /// Stores W weights from number i, a multiple of W, on; at once in rows of whole vectors, else those before n, one by one.
  template <bool Whole, class Vector, class Element>
  __device__ void store(int64_t i, int64_t n, Vector&& vector, Element&& element) const {
    if constexpr (Whole) {
      const uint32_t v = uint32_t(i / W), r = vectors.quotient(v);
      vector(rows.row(r) + int64_t(vectors.remainder(v, r)) * W);
    } else {
      for (int j = 0; j < W && i + j < n; ++j) rows.row((i + j) / cols)[(i + j) % cols] = element(j);
    }
  }
};

constexpr int kTileBytes = 32 * kBlock * int(sizeof(bf16));  // of a warp
static_assert(kThreads == 256, "a thread for each value of the map");

// A lane decodes a block into its row of 128 bytes of shared memory, swizzled; eight lanes write a row out: a warp 2048 weights that lie in
// order. 2.52 bytes a weight
template <bool Whole>
__global__ void __launch_bounds__(kThreads)
    nf4_dequantize_bf16(const uint8_t* packed, const ScaleReader scales, const FlatRows<bf16, 8> y, int64_t n) {
  FETTLE_SHARED(shared);
  const int lane = threadIdx.x % 32;
  uint8_t* tile = shared + threadIdx.x / 32 * kTileBytes;
  float* map = reinterpret_cast<float*>(shared + kWarps * kTileBytes);  // [256]: lanes look up unlike codes
  const int64_t first = (int64_t(blockIdx.x) * kWarps + threadIdx.x / 32) * 32, block = first + lane, at = block * (kBlock / 2);
  const bool full = Whole && (block + 1) * kBlock <= n;
  Bytes32 bytes = load32(packed + at, full);
  if (scales.map) map[threadIdx.x] = scales.map[threadIdx.x];
  __syncthreads();
  if (block * kBlock < n) {
    if (!full) bytes = {load_short(packed, at, (n + 1) / 2), load_short(packed, at + 16, (n + 1) / 2)};
    const Nf4Table table(scales.scale(scales.map ? map[scales.code(block)] : 1.0f, scales.factor(block)));
    const uint32_t words[8] = {bytes.first.x,  bytes.first.y,  bytes.first.z,  bytes.first.w,
                               bytes.second.x, bytes.second.y, bytes.second.z, bytes.second.w};
#pragma unroll
    for (int j = 0; j < 8; ++j) store16(tile + lane * 128 + (j ^ (lane & 7)) * 16, table.decode8(words[j]));
  }
  __syncwarp();
#pragma unroll
  for (int pass = 0; pass < 8; ++pass) {
    const int row = pass * 4 + lane / 8, chunk = lane % 8;
    const int64_t i = (first + row) * kBlock + chunk * 8;
    if (i >= n) continue;
    const uint8_t* decoded = tile + row * 128 + (chunk ^ (row & 7)) * 16;
    y.store<Whole>(i, n, [&](bf16* to) { store16(to, load16(decoded)); }, [&](int j) { return reinterpret_cast<const bf16*>(decoded)[j]; });
  }
}

// Four weights a thread. 4.52 bytes a weight
template <bool Whole>
__global__ void __launch_bounds__(kThreads)
    nf4_dequantize_f32(const uint8_t* packed, const ScaleReader scales, const FlatRows<float, 4> y, int64_t n) {
  const int64_t i = (int64_t(blockIdx.x) * kThreads + threadIdx.x) * 4;
  if (i >= n) return;
  const float scale = scales(i / kBlock);
  float v[4];
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    const uint32_t byte = i + j / 2 * 2 < n ? packed[(i + j) / 2] : 0;
    v[j] = __fmul_rn(nf4_value(j % 2 ? byte & 15 : byte >> 4), scale);
  }
  y.store<Whole>(i, n, [&](float* to) { store4(to, v); }, [&](int j) { return v[j]; });
}

}  // namespace

void run(Device& device, const Nf4Quantize& op) {
  const int64_t n = op.x.size();
  if (n == 0) return;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_bool(n % 8 == 0 && aligned(op.x) && aligned(op.packed), [&](auto whole) {
      launch(device, op.name, nf4_quantize<T, whole.value>, dim3(blocks_of(n, kThreads * kWidth<T>)), kThreads, 0, op.x.as<const T>(),
             op.packed.as<uint8_t>(), op.absmax.as<float>(), n);
    });
  });
}

void run(Device& device, const Nf4QuantizeScales& op) {
  const int64_t n = op.absmax.cols, chunks = (n + kChunk - 1) / kChunk;
  if (n == 0) return;
  const float* absmax = op.absmax.as<const float>();
  if (!op.keep_offset) {
    double* partial = static_cast<double*>(device.scratch(size_t(chunks) * sizeof(double)));
    launch(device, "sum_scales", sum_scales, dim3(unsigned(chunks)), kThreads, kWarps * sizeof(double), absmax, n, partial);
    launch(device, "mean_scale", mean_scale, 1, kThreads, kWarps * sizeof(double), partial, chunks, n, op.offset.as<float>());
  }
  with_bool(n % 4 == 0 && aligned(op.absmax) && aligned(op.codes), [&](auto whole) {
    launch(device, op.name, nf4_quantize_scales<whole.value>, dim3(blocks_of(n, kWarps * kGroup)), kThreads, Midpoints::kBytes, absmax,
           op.offset.as<const float>(), DynamicMap(signed_dynamic_map()), op.codes.as<uint8_t>(), op.absmax2.as<float>(), n);
  });
}

void run(Device& device, const Nf4Dequantize& op) {
  const int64_t n = op.y.size();
  if (n == 0) return;
  const auto* packed = op.w.as<const uint8_t>();
  const ScaleReader scales(*op.w.nf4);
  with_bool(whole_vectors(8, op.y) && aligned(op.w), [&](auto whole) {
    if (op.y.dtype == DType::BF16)
      launch(device, op.name, nf4_dequantize_bf16<whole.value>, dim3(blocks_of(n, kThreads * kBlock)), kThreads,
             kWarps * kTileBytes + kThreads * sizeof(float), packed, scales, FlatRows<bf16, 8>(op.y), n);
    else
      launch(device, op.name, nf4_dequantize_f32<whole.value>, dim3(blocks_of(n, kThreads * 4)), kThreads, 0, packed, scales,
             FlatRows<float, 4>(op.y), n);
  });
}

}  // namespace fettle::cuda
