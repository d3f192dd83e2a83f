#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kHeads = 4;  // that share what a thread reads of cos and sin

// A thread turns columns [i, i + W) of the first half of a head, and those of the second half, for kHeads heads; cos, sin [positions,
// half]. bf16: 4 bytes an element, and 8 / kHeads of the tables, which stay in L2
template <class T, bool Aligned>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    rope(VectorGrid grid, Divider per_head, Rows<T> x, const int32_t* positions, Rows<const float> cos, Rows<const float> sin, int heads,
         int64_t head_dim, int64_t half, float direction) {
  constexpr int W = kWidth<T>;
  int64_t t, group_and_i;
  if (!grid.place(t, group_and_i)) return;
  const uint32_t group = per_head.quotient(uint32_t(group_and_i));
  const int64_t i = int64_t(per_head.remainder(uint32_t(group_and_i), group)) * W;
  const int32_t position = positions[t];
  float c[W], s[W];
  load_row<Aligned>(c, cos.row(position), i, half);
  load_row<Aligned>(s, sin.row(position), i, half);
#pragma unroll
  for (float& value : s) value *= direction;
  for (int head = int(group) * kHeads; head < min(heads, int(group + 1) * kHeads); ++head) {
    T* first = x.row(t) + head * head_dim;
    T* second = first + half;
    float a[W], b[W], turned[W];
    load_row<Aligned>(a, first, i, half);
    load_row<Aligned>(b, second, i, half);
#pragma unroll
    for (int j = 0; j < W; ++j) turned[j] = a[j] * c[j] - b[j] * s[j];
    store_row<Aligned>(first, i, half, turned);
#pragma unroll
    for (int j = 0; j < W; ++j) turned[j] = b[j] * c[j] + a[j] * s[j];
    store_row<Aligned>(second, i, half, turned);
  }
}

}  // namespace

void run(Device& device, const Rope& op) {
  const int64_t head_dim = op.x.cols / op.heads, half = op.cos.cols, groups = (op.heads + kHeads - 1) / kHeads;
  if (half == 0) return;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    constexpr int W = kWidth<T>;
    const int64_t per_head = (half + W - 1) / W;
    const VectorGrid grid(op.x.rows, groups * per_head, 1);
    if (grid.empty()) return;
    with_bool(rows_aligned(op.x, op.cos, op.sin) && head_dim % W == 0 && half % W == 0, [&](auto aligned) {
      launch(device, op.name, rope<T, aligned.value>, grid.blocks(), grid.kThreads, 0, grid, Divider(uint32_t(per_head)), rows_of<T>(op.x),
             op.positions.as<const int32_t>(), rows_of<const float>(op.cos), rows_of<const float>(op.sin), op.heads, head_dim, half,
             op.inverse ? -1.0f : 1.0f);
    });
  });
}

}  // namespace fettle::cuda
