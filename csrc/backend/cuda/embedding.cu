#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

// y[t] = scale * table[ids[t]]; bf16: 4 bytes an element
template <class In, class Out, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    embedding_forward(VectorGrid grid, const int32_t* ids, Rows<const In> table, Rows<Out> y, float scale) {
  int64_t t, i;
  if (!grid.place(t, i)) return;
  float v[kWidth<In, Out>];
  read_vector<Whole>(v, table.row(ids[t]), i, grid.cols);
#pragma unroll
  for (float& value : v) value *= scale;
  write_vector<Whole>(y.row(t), i, grid.cols, v);
}

constexpr int kWarps = 8;

// first[t]: no earlier token has the id of token t; next[t]: the next one that has it, or tokens. A warp looks for one t.
__global__ void __launch_bounds__(kWarps * 32) link_tokens(const int32_t* ids, int tokens, uint8_t* first, int32_t* next) {
  const int t = int(blockIdx.x) * kWarps + threadIdx.x / 32, lane = threadIdx.x % 32;
  if (t >= tokens) return;
  const int32_t id = ids[t];
  bool seen = false;
  for (int from = 0; from < t && !seen; from += 32) seen = ballot(from + lane < t && ids[from + lane] == id) != 0;
  int32_t found = tokens;
  for (int from = t + 1; from < tokens && found == tokens; from += 32) {
    const uint32_t same = ballot(from + lane < tokens && ids[from + lane] == id);
    if (same) found = from + __ffs(int(same)) - 1;
  }
  if (lane == 0) first[t] = !seen, next[t] = found;
}

// dtable[ids[t]] += scale * dy[t]: the first token of an id adds those of all of them, in order
template <class T, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    embedding_backward(VectorGrid grid, const int32_t* ids, const uint8_t* first, const int32_t* next, Rows<const T> dy, Rows<float> dtable,
                       int tokens, float scale) {
  constexpr int W = kWidth<T, float>;
  int64_t start, i;
  if (!grid.place(start, i) || !first[start]) return;
  float* out = dtable.row(ids[start]);
  float sums[W];
  read_vector<Whole>(sums, out, i, grid.cols);
  for (int t = int(start); t < tokens; t = next[t]) {
    float v[W];
    read_vector<Whole>(v, dy.row(t), i, grid.cols);
#pragma unroll
    for (int j = 0; j < W; ++j) sums[j] += scale * v[j];
  }
  write_vector<Whole>(out, i, grid.cols, sums);
}

}  // namespace

void run(Device& device, const EmbeddingForward& op) {
  with_type(op.table.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      const VectorGrid grid(op.y.rows, op.y.cols, kWidth<In, Out>);
      if (grid.empty()) return;
      with_bool(whole_vectors(grid.width, op.table, op.y), [&](auto whole) {
        launch(device, op.name, embedding_forward<In, Out, whole.value>, grid.blocks(), grid.kThreads, 0, grid, op.ids.as<const int32_t>(),
               rows_of<const In>(op.table), rows_of<Out>(op.y), op.scale);
      });
    });
  });
}

void run(Device& device, const EmbeddingBackward& op) {
  with_type(op.dy.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.dy.rows, op.dy.cols, kWidth<T, float>);
    if (grid.empty()) return;
    const int tokens = int(op.dy.rows);
    const int32_t* ids = op.ids.as<const int32_t>();
    auto* next = static_cast<int32_t*>(device.scratch(size_t(tokens) * (sizeof(int32_t) + sizeof(uint8_t))));
    auto* first = reinterpret_cast<uint8_t*>(next + tokens);
    launch(device, "link_tokens", link_tokens, dim3(unsigned((tokens + kWarps - 1) / kWarps)), kWarps * 32, 0, ids, tokens, first, next);
    with_bool(whole_vectors(grid.width, op.dy, op.dtable), [&](auto whole) {
      launch(device, op.name, embedding_backward<T, whole.value>, grid.blocks(), grid.kThreads, 0, grid, ids, first, next,
             rows_of<const T>(op.dy), rows_of<float>(op.dtable), tokens, op.scale);
    });
  });
}

}  // namespace fettle::cuda
