#include <cstring>

#include "backend/cpu/lanes.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

void copy_row(const Tensor& from, int64_t i, const Tensor& to, int64_t j) {
  const size_t size = element_size(from.dtype);
  std::memcpy(to.as<uint8_t>() + size_t(j * to.ld) * size, from.as<uint8_t>() + size_t(i * from.ld) * size, size_t(from.cols) * size);
}

}  // namespace

void run(Context& context, const GatherRows& op) {
  check(op);
  check_indices(op);
  parallel_rows(context, op.y.rows, op.y.cols, [&](int64_t i) { copy_row(op.x, op.index.as<int32_t>()[i], op.y, i); });
}

void run(Context& context, const ScatterRows& op) {
  check(op);
  check_indices(op);
  parallel_rows(context, op.x.rows, op.x.cols, [&](int64_t i) { copy_row(op.x, i, op.y, op.index.as<int32_t>()[i]); });
}

}  // namespace fettle::cpu::FETTLE_TIER
