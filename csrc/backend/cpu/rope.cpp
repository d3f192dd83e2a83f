#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context& context, const Rope& op) {
  check(op);
  check_indices(op);
  const int64_t dim = op.x.cols / op.heads, half = op.cos.cols;
  const int32_t* positions = op.positions.as<int32_t>();
  const float sign = op.inverse ? -1.0f : 1.0f;
  with_type(op.x.dtype, [&](auto type) {
    parallel_rows(context, op.x.rows, op.x.cols, [&](int64_t r) {
      const float* cos = op.cos.row<float>(positions[r]);
      const float* sin = op.sin.row<float>(positions[r]);
      auto* row = op.x.row<decltype(type)>(r);
      each_register(half, [&](int64_t i, auto width) {
        const vf c = load(cos + i, width), s = load(sin + i, width) * sign;
        for (int64_t h = 0; h < op.heads; ++h) {
          auto* x = row + h * dim + i;
          const vf a = load(x, width), b = load(x + half, width);
          store(x, a * c - b * s, width);
          store(x + half, b * c + a * s, width);
        }
      });
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
