#include <type_traits>

#include "backend/cuda/device.h"
#include "backend/cuda/device/reduce.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kWarps = 4;

/// x, y, dx: rows of `ld` elements, `groups` pieces of n in each; a warp takes a piece.
template <class T>
struct Rows {
  T* data;
  int64_t ld;
  __device__ T* piece(int64_t row, int group, int64_t n) const { return data + row * ld + group * n; }
};
template <class T>
Rows<T> rows_of(const Tensor& t) {
  return {t.as<T>(), t.ld};
}

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
  const T* in = x.piece(row, group, n);
  float squares = 0;
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8];
    load_row8<Aligned>(v, in, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) squares += v[j] * v[j];
  }
  const float rstd = __fdiv_rn(1.0f, __fsqrt_rn(warp_sum(squares) / float(n) + eps));
  if (rstd_out && lane == 0) rstd_out[row * rstd_ld + group] = rstd;
  T* out = y.piece(row, group, n);
  for (int64_t i = lane * 8; i < n; i += 256) {
    float v[8], g[8];
    load_row8<Aligned>(v, in, i, n);
    load_row8<Aligned>(g, gamma, i, n);
#pragma unroll
    for (int j = 0; j < 8; ++j) v[j] = v[j] * rstd * (g[j] + add_one);
    store_row8<Aligned>(out, i, n, v);
  }
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

}  // namespace fettle::cuda
