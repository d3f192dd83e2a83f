#include <type_traits>

#include "backend/cuda/device.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kWarps = 4;

// bytes: 2 reads of x, the second from L1; y once
template <class T, bool Aligned>
__global__ void __launch_bounds__(kWarps * 32)
    rms_norm_forward(Rows<const T> x, const float* gamma, Rows<T> y, float* rstd_out, int64_t rstd_ld, int64_t rows, int groups, int64_t n,
                     float eps, float add_one) {
  const int64_t piece = int64_t(blockIdx.x) * kWarps + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  if (piece >= rows * groups) return;
  const int64_t row = piece / groups;
  const int group = int(piece % groups);
  const T* in = x.row(row) + group * n;
  float squares = 0;
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8];
    load_row8<Aligned>(v, in, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) squares += v[j] * v[j];
  }
  const float rstd = __fdiv_rn(1.0f, __fsqrt_rn(warp_sum(squares) / float(n) + eps));
  if (rstd_out && lane == 0) rstd_out[row * rstd_ld + group] = rstd;
  T* out = y.row(row) + group * n;
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8], g[8];
    load_row8<Aligned>(v, in, i, n);
    load_row8<Aligned>(g, gamma, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = v[j] * rstd * (g[j] + add_one);
    store_row8<Aligned>(out, i, n, v);
  }
}

// dx may be dy. bytes: 2 reads of x and dy, the second from L1; dx once, twice when it accumulates
template <class T, bool Aligned>
__global__ void __launch_bounds__(kWarps * 32)
    rms_norm_backward(Rows<const T> x, const float* gamma, const float* rstd_in, int64_t rstd_ld, Rows<const T> dy, Rows<T> dx,
                      int64_t rows, int groups, int64_t n, float add_one, bool accumulate) {
  const int64_t piece = int64_t(blockIdx.x) * kWarps + threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  if (piece >= rows * groups) return;
  const int64_t row = piece / groups;
  const int group = int(piece % groups);
  const T* xs = x.row(row) + group * n;
  const T* ds = dy.row(row) + group * n;
  T* out = dx.row(row) + group * n;
  const float rstd = rstd_in[row * rstd_ld + group];
  float dots = 0;
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8], d[8], g[8];
    load_row<Aligned>(v, xs, i, n);
    load_row<Aligned>(d, ds, i, n);
    load_row<Aligned>(g, gamma, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) dots += (g[j] + add_one) * d[j] * v[j];
  }
  const float mean = warp_sum(dots) * rstd / float(n);
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8], d[8], g[8], before[8] = {};
    load_row<Aligned>(v, xs, i, n);
    load_row<Aligned>(d, ds, i, n);
    load_row<Aligned>(g, gamma, i, n);
    if (accumulate) load_row<Aligned>(before, out, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = before[j] + rstd * ((g[j] + add_one) * d[j] - v[j] * rstd * mean);
    store_row<Aligned>(out, i, n, v);
  }
}

constexpr int kChunk = 128;  // pieces whose share of dgamma is summed together; a constant, so that the order of sums is fixed

// partial[chunk][i] = sum of dy * xhat over the chunk's pieces. A block takes 256 columns of a chunk; its warps take pieces in turn.
template <class T, bool Aligned>
__global__ void __launch_bounds__(kWarps * 32) rms_norm_dgamma(Rows<const T> x, const float* rstd_in, int64_t rstd_ld, Rows<const T> dy,
                                                               float* partial, int64_t rows, int groups, int64_t n) {
  FETTLE_SHARED(shared);
  float* of_warp = reinterpret_cast<float*>(shared);  // [kWarps][256]
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int64_t i = int64_t(blockIdx.x) * 256 + lane * 8;
  const int64_t first = int64_t(blockIdx.y) * kChunk;
  float sums[8] = {};
  for (int64_t piece = first + warp; piece < min(first + kChunk, rows * groups); piece += kWarps) {
    const int64_t row = piece / groups;
    const int group = int(piece % groups);
    const float rstd = rstd_in[row * rstd_ld + group];
    float v[8], d[8];
    load_row<Aligned>(v, x.row(row) + group * n, i, n);
    load_row<Aligned>(d, dy.row(row) + group * n, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) sums[j] += d[j] * (v[j] * rstd);
  }
#pragma unroll
  for (int j = 0; j < 8; ++j) of_warp[warp * 256 + lane * 8 + j] = sums[j];
  __syncthreads();
  for (int column = threadIdx.x; column < 256; column += kWarps * 32) {
    const int64_t at = int64_t(blockIdx.x) * 256 + column;
    float total = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) total += of_warp[w * 256 + column];
    if (at < n) partial[int64_t(blockIdx.y) * n + at] = total;
  }
}

// dgamma[i] += sum of partial[chunk][i], in order of chunks
__global__ void __launch_bounds__(256) rms_norm_add_dgamma(const float* partial, float* dgamma, int chunks, int64_t n) {
  const int64_t i = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (i >= n) return;
  float total = 0;
  for (int c = 0; c < chunks; ++c) total += partial[c * n + i];
  dgamma[i] += total;
}

}  // namespace

void run(Device& device, const RmsNormForward& op) {
  const int64_t n = op.x.cols / op.groups, pieces = op.x.rows * op.groups;
  if (pieces == 0 || n == 0) return;
  const bool aligned = rows_aligned(op.x, op.y, op.gamma) && n % 8 == 0;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_bool(aligned, [&](auto a) {
      launch(device, "rms_norm_forward", rms_norm_forward<T, decltype(a)::value>, dim3(unsigned((pieces + kWarps - 1) / kWarps)),
             dim3(kWarps * 32), 0, rows_of<const T>(op.x), op.gamma.as<const float>(), rows_of<T>(op.y), op.rstd.as<float>(), op.rstd.ld,
             op.x.rows, op.groups, n, op.eps, float(op.add_one));
    });
  });
}

void run(Device& device, const RmsNormBackward& op) {
  const int64_t n = op.x.cols / op.groups, pieces = op.x.rows * op.groups;
  if (pieces == 0 || n == 0) return;
  const bool aligned = rows_aligned(op.x, op.gamma, op.dy, op.dx) && n % 8 == 0;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_bool(aligned, [&](auto a) {
      if (op.dgamma) {  // first: dx may be dy
        const int chunks = int((pieces + kChunk - 1) / kChunk);
        float* partial = static_cast<float*>(device.scratch(size_t(chunks) * size_t(n) * sizeof(float)));
        launch(device, "rms_norm_dgamma", rms_norm_dgamma<T, a.value>, dim3(unsigned((n + 255) / 256), unsigned(chunks)), kWarps * 32,
               kWarps * 256 * sizeof(float), rows_of<const T>(op.x), op.rstd.as<const float>(), op.rstd.ld, rows_of<const T>(op.dy),
               partial, op.x.rows, op.groups, n);
        launch(device, "rms_norm_add_dgamma", rms_norm_add_dgamma, dim3(unsigned((n + 255) / 256)), 256, 0, partial, op.dgamma.as<float>(),
               chunks, n);
      }
      launch(device, "rms_norm_backward", rms_norm_backward<T, a.value>, dim3(unsigned((pieces + kWarps - 1) / kWarps)), kWarps * 32, 0,
             rows_of<const T>(op.x), op.gamma.as<const float>(), op.rstd.as<const float>(), op.rstd.ld, rows_of<const T>(op.dy),
             rows_of<T>(op.dx), op.x.rows, op.groups, n, float(op.add_one), op.accumulate != 0);
    });
  });
}

}  // namespace fettle::cuda
