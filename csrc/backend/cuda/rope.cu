#include "backend/cuda/device.h"
#include "backend/cuda/device/paired.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

constexpr int kHeads = 4;  // that share what a thread reads of cos and sin

/// How a thread reads the tables: one by one, whole vectors, or those of two neighbouring lanes together (load32).
enum class Tables { Single, Whole, Paired };

// A thread turns columns [i, i + W) of the first half of a head, and those of the second half, for kHeads heads; cos, sin [positions,
// half]. bf16: 4 bytes an element, and 8 / kHeads of the tables, which stay in L2
template <class T, Tables Mode>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    rope(VectorGrid grid, Divider per_head, Rows<T> x, const int32_t* positions, Rows<const float> cos, Rows<const float> sin, int heads,
         int64_t head_dim, int64_t half, float direction) {
  constexpr int W = kWidth<T>;
  constexpr bool Whole = Mode != Tables::Single;
  int64_t t, group_and_i;
  const bool inside = grid.place(t, group_and_i);
  if (Mode != Tables::Paired && !inside) return;
  const uint32_t group = per_head.quotient(uint32_t(group_and_i));
  const int64_t i = int64_t(per_head.remainder(uint32_t(group_and_i), group)) * W;
  const int32_t position = inside ? positions[t] : 0;
  float c[W], s[W];
  if constexpr (Mode == Tables::Paired) {
    load8_paired(c, cos.row(position) + i, inside);
    load8_paired(s, sin.row(position) + i, inside);
    if (!inside) return;
  } else {
    read_vector<Whole>(c, cos.row(position), i, half);
    read_vector<Whole>(s, sin.row(position), i, half);
  }
#pragma unroll
  for (float& value : s) value *= direction;
#pragma unroll
  for (int h = 0; h < kHeads; ++h) {
    const int head = int(group) * kHeads + h;
    if (head >= heads) return;
    T* first = x.row(t) + head * head_dim;
    T* second = first + half;
    float a[W], b[W], turned[W];
    read_vector<Whole>(a, first, i, half);
    read_vector<Whole>(b, second, i, half);
#pragma unroll
    for (int j = 0; j < W; ++j) turned[j] = a[j] * c[j] - b[j] * s[j];
    write_vector<Whole>(first, i, half, turned);
#pragma unroll
    for (int j = 0; j < W; ++j) turned[j] = b[j] * c[j] + a[j] * s[j];
    write_vector<Whole>(second, i, half, turned);
  }
}

template <class T>
auto kernel_for(bool whole, int64_t per_head) {
  if (!whole) return rope<T, Tables::Single>;
  if constexpr (kWidth<T> == 8)
    if (per_head % 2 == 0) return rope<T, Tables::Paired>;
  return rope<T, Tables::Whole>;
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
    const bool whole = rows_aligned(op.x, op.cos, op.sin) && head_dim % W == 0 && half % W == 0;
    launch(device, op.name, kernel_for<T>(whole, per_head), grid.blocks(), grid.kThreads, 0, grid, Divider(uint32_t(per_head)),
           rows_of<T>(op.x), op.positions.as<const int32_t>(), rows_of<const float>(op.cos), rows_of<const float>(op.sin), op.heads,
           head_dim, half, op.inverse ? -1.0f : 1.0f);
  });
}

}  // namespace fettle::cuda
