#include "backend/cuda/device/nf4.h"
#include "backend/cuda/linear_plain.h"
#include "core/bf16.h"

namespace fettle::cuda {
namespace {

constexpr int kTile = 64, kDepth = 16, kThreads = 256;

/// A matrix of any type, or its transpose.
struct Operand {
  const void* data = nullptr;
  DType dtype = DType::F32;
  int64_t row_step = 0, column_step = 0;  // elements
  ScaleReader scales{};

  Operand() = default;
  Operand(const Tensor& t, bool transposed) : data(t.data), dtype(t.dtype), row_step(t.ld), column_step(1) {
    if (transposed) row_step = 1, column_step = t.ld;
    if (t.dtype == DType::NF4) scales = ScaleReader(*t.nf4);
  }
  __device__ float operator()(int64_t row, int64_t column) const {
    const int64_t i = row * row_step + column * column_step;
    if (dtype == DType::F32) return static_cast<const float*>(data)[i];
    if (dtype == DType::BF16) return to_float(static_cast<const bf16*>(data)[i]);
    const uint32_t byte = static_cast<const uint8_t*>(data)[i / 2];
    return __fmul_rn(nf4_value(i % 2 == 0 ? byte >> 4 : byte & 15), scales(i / 64));
  }
};

struct PlainProduct {
  Operand a, b;  // [m, k], [k, n]
  int64_t k = 0;
};
struct PlainArguments {
  PlainProduct first, second;  // alpha * first + second
  int64_t m, n;
  float alpha;
  const float* bias;
  void* c;
  int64_t c_pitch;
  int c_bf16, accumulate;
};

/// Adds a b to the block's tile: thread (x, y) holds rows 4 y and columns 4 x on.
__device__ void add_product(float (&sum)[4][4], const PlainProduct& p, int64_t m, int64_t n, float* a_tile, float* b_tile) {
  const int64_t row0 = int64_t(blockIdx.y) * kTile, column0 = int64_t(blockIdx.x) * kTile;
  const int x = int(threadIdx.x) % 16, y = int(threadIdx.x) / 16;
  for (int64_t k0 = 0; k0 < p.k; k0 += kDepth) {
    __syncthreads();
    for (int i = int(threadIdx.x); i < kTile * kDepth; i += kThreads) {
      const int64_t k = k0 + i % kDepth, row = row0 + i / kDepth, column = column0 + i / kDepth;
      a_tile[i % kDepth * kTile + i / kDepth] = row < m && k < p.k ? p.a(row, k) : 0.0f;
      b_tile[i % kDepth * kTile + i / kDepth] = column < n && k < p.k ? p.b(k, column) : 0.0f;
    }
    __syncthreads();
#pragma unroll 4
    for (int k = 0; k < kDepth; ++k)
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[i][j] += a_tile[k * kTile + 4 * y + i] * b_tile[k * kTile + 4 * x + j];
  }
}

// 2 m n k flop on the fp32 units
__global__ void __launch_bounds__(kThreads, 2) linear_plain(const __grid_constant__ PlainArguments g) {
  FETTLE_SHARED(shared);
  float *a_tile = reinterpret_cast<float*>(shared), *b_tile = a_tile + kTile * kDepth;
  float first[4][4] = {}, second[4][4] = {};
  add_product(first, g.first, g.m, g.n, a_tile, b_tile);
  add_product(second, g.second, g.m, g.n, a_tile, b_tile);
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const int64_t row = int64_t(blockIdx.y) * kTile + threadIdx.x / 16 * 4 + i,
                    column = int64_t(blockIdx.x) * kTile + threadIdx.x % 16 * 4 + j;
      if (row >= g.m || column >= g.n) continue;
      float v = g.alpha * first[i][j] + second[i][j];
      if (g.bias) v += g.bias[column];
      const int64_t at = row * g.c_pitch + column;
      if (g.c_bf16) {
        bf16& c = static_cast<bf16*>(g.c)[at];
        c = to_bf16(g.accumulate ? to_float(c) + v : v);
      } else {
        float& c = static_cast<float*>(g.c)[at];
        c = g.accumulate ? c + v : v;
      }
    }
}

void start(Device& device, const char* name, const PlainProduct& first, const PlainProduct& second, const Tensor& c, float alpha,
           const Tensor& bias, bool accumulate) {
  if (c.size() == 0) return;
  launch(device, name, linear_plain, dim3(unsigned((c.cols + kTile - 1) / kTile), unsigned((c.rows + kTile - 1) / kTile)), dim3(kThreads),
         2 * kTile * kDepth * sizeof(float),
         PlainArguments{first, second, c.rows, c.cols, alpha, bias.as<const float>(), c.data, c.ld, c.dtype == DType::BF16, accumulate});
}

constexpr int kSumColumns = 32, kSumRows = 8;

// reads x once
template <class T>
__global__ void __launch_bounds__(kSumColumns* kSumRows) column_sums(const T* x, int64_t ld, int64_t m, int64_t n, float* sums) {
  FETTLE_SHARED(shared);
  float* partial = reinterpret_cast<float*>(shared);
  const int64_t column = int64_t(blockIdx.x) * kSumColumns + threadIdx.x % kSumColumns;
  float sum = 0;
  for (int64_t row = threadIdx.x / kSumColumns; row < m; row += kSumRows) sum += to_float(x[row * ld + min(column, n - 1)]);
  partial[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x >= kSumColumns || column >= n) return;
  for (int i = 1; i < kSumRows; ++i) sum += partial[i * kSumColumns + threadIdx.x];
  sums[column] += sum;
}

}  // namespace

void plain_forward(Device& device, const LinearForward& op) {
  PlainProduct lora;
  if (op.lora_s) lora = {Operand(op.lora_s, false), Operand(op.lora_b, true), op.lora_s.cols};
  start(device, op.name, {Operand(op.x, false), Operand(op.w, true), op.x.cols}, lora, op.y, op.alpha, op.bias, op.accumulate != 0);
}
void plain_backward_input(Device& device, const LinearBackwardInput& op) {
  PlainProduct lora;
  if (op.lora_ds) lora = {Operand(op.lora_ds, false), Operand(op.lora_a, false), op.lora_ds.cols};
  start(device, op.name, {Operand(op.dy, false), Operand(op.w, false), op.dy.cols}, lora, op.dx, op.alpha, {}, op.accumulate != 0);
}
void plain_backward_weight(Device& device, const LinearBackwardWeight& op) {
  start(device, op.name, {Operand(op.dy, true), Operand(op.x, false), op.dy.rows}, {}, op.dw, 1.0f, {}, true);
}

void add_column_sums(Device& device, const Tensor& x, const Tensor& sums) {
  if (x.cols == 0) return;
  const dim3 grid(unsigned((x.cols + kSumColumns - 1) / kSumColumns)), block(kSumColumns * kSumRows);
  const size_t shared = kSumColumns * kSumRows * sizeof(float);
  if (x.dtype == DType::BF16)
    launch(device, "column_sums", column_sums<bf16>, grid, block, shared, x.as<const bf16>(), x.ld, x.rows, x.cols, sums.as<float>());
  else
    launch(device, "column_sums", column_sums<float>, grid, block, shared, x.as<const float>(), x.ld, x.rows, x.cols, sums.as<float>());
}

}  // namespace fettle::cuda
