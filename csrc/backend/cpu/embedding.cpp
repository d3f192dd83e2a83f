#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kColumns = 256;  // columns of one task of the backward pass

}  // namespace

void run(Context& context, const EmbeddingForward& op) {
  check(op);
  check_indices(op);
  const int32_t* ids = op.ids.as<int32_t>();
  const vf scale = splat(op.scale);
  with_type(op.table.dtype, [&](auto in) {
    with_type(op.y.dtype, [&](auto out) {
      parallel_rows(context, op.y.rows, op.y.cols, [&](int64_t r) {
        const auto* from = op.table.row<decltype(in)>(ids[r]);
        auto* to = op.y.row<decltype(out)>(r);
        each_register(op.y.cols, [&](int64_t i, auto width) { store(to + i, load(from + i, width) * scale, width); });
      });
    });
  });
}

/// A task takes some columns and goes through all rows in order: tokens repeat, so rows cannot be shared out.
void run(Context& context, const EmbeddingBackward& op) {
  check(op);
  check_indices(op);
  const int32_t* ids = op.ids.as<int32_t>();
  const vf scale = splat(op.scale);
  with_type(op.dy.dtype, [&](auto in) {
    context.pool->parallel_for((op.dy.cols + kColumns - 1) / kColumns, [&](int64_t task) {
      const int64_t first = task * kColumns, n = std::min(kColumns, op.dy.cols - first);
      for (int64_t r = 0; r < op.dy.rows; ++r) {
        const auto* dy = op.dy.row<decltype(in)>(r) + first;
        float* d = op.dtable.row<float>(ids[r]) + first;
        each_register(n, [&](int64_t i, auto width) { store(d + i, load(d + i, width) + load(dy + i, width) * scale, width); });
      }
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
