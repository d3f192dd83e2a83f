#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"

namespace fettle::cuda {
namespace {

// y[t] = scale * table[ids[t]]; bf16: 4 bytes an element
template <class In, class Out, bool Aligned>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    embedding_forward(VectorGrid grid, const int32_t* ids, Rows<const In> table, Rows<Out> y, float scale) {
  int64_t t, i;
  if (!grid.place(t, i)) return;
  float v[kWidth<In, Out>];
  load_row<Aligned>(v, table.row(ids[t]), i, grid.cols);
#pragma unroll
  for (float& value : v) value *= scale;
  store_row<Aligned>(y.row(t), i, grid.cols, v);
}

}  // namespace

void run(Device& device, const EmbeddingForward& op) {
  with_type(op.table.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      using In = decltype(in);
      using Out = decltype(out);
      const VectorGrid grid(op.y.rows, op.y.cols, kWidth<In, Out>);
      if (grid.empty()) return;
      with_bool(rows_aligned(op.table, op.y), [&](auto aligned) {
        launch(device, op.name, embedding_forward<In, Out, aligned.value>, grid.blocks(), grid.kThreads, 0, grid,
               op.ids.as<const int32_t>(), rows_of<const In>(op.table), rows_of<Out>(op.y), op.scale);
      });
    });
  });
}

}  // namespace fettle::cuda
