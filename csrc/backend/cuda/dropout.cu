#include <cmath>

#include "backend/cuda/device.h"
#include "backend/cuda/device/rows.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/with_type.h"
#include "core/philox.h"
#include "ops/dropout.h"

namespace fettle::cuda {
namespace {

/// Whose mask it is, beside row and column. `key` lies on the device: it changes from step to step, a captured graph does not.
struct Site {
  const uint32_t* key;
  uint32_t site, threshold;
};

// y (+)= x * keep / keep_rate; bf16: 4 bytes an element, 6 when it accumulates. The 16 keep bytes of a Philox block serve two or four
// threads.
template <class T, bool Accumulate, bool Whole>
__global__ void __launch_bounds__(VectorGrid::kThreads)
    dropout(VectorGrid grid, Site site, Rows<const T> x, Rows<T> y, const uint32_t* row_ids, const int32_t* positions) {
  constexpr int W = kWidth<T>;
  int64_t row, i;
  if (!grid.place(row, i)) return;
  const auto words = philox4x32<7>({site.site, row_ids[row], uint32_t(positions[row]), uint32_t(i / 16)}, {site.key[0], site.key[1]});
  const float kept = 256.0f / float(site.threshold);
  float v[W], before[W] = {};
  read_vector<Whole>(v, x.row(row), i, grid.cols);
  if (Accumulate) read_vector<Whole>(before, y.row(row), i, grid.cols);
  const int first = int(i % 16) / 4;
#pragma unroll
  for (int j = 0; j < W; ++j) {
    const uint32_t word = W == 4 ? (first == 0   ? words[0]
                                    : first == 1 ? words[1]
                                    : first == 2 ? words[2]
                                                 : words[3])
                                 : (first == 0 ? words[size_t(j / 4)] : words[size_t(2 + j / 4)]);
    const float value = ((word >> (8 * (j % 4))) & 0xff) < site.threshold ? __fmul_rn(v[j], kept) : 0.0f;
    v[j] = Accumulate ? __fadd_rn(before[j], value) : value;
  }
  write_vector<Whole>(y.row(row), i, grid.cols, v);
}

}  // namespace

void run(Device& device, const Dropout& op) {
  const Site site = {op.key.as<const uint32_t>(), op.site, uint32_t(std::lround(256.0 * (1.0 - double(op.p))))};
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const VectorGrid grid(op.x.rows, op.x.cols, kWidth<T>);
    if (grid.empty()) return;
    with_bool(op.accumulate != 0, [&](auto accumulate) {
      with_bool(whole_vectors(grid.width, op.x, op.y), [&](auto whole) {
        launch(device, op.name, dropout<T, accumulate.value, whole.value>, grid.blocks(), grid.kThreads, 0, grid, site,
               rows_of<const T>(op.x), rows_of<T>(op.y), op.row_ids.as<const uint32_t>(), op.positions.as<const int32_t>());
      });
    });
  });
}

}  // namespace fettle::cuda
