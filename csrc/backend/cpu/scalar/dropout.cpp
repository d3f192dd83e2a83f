#include <cmath>

#include "backend/cpu/with_type.h"
#include "core/philox.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const Dropout& op) {
  check(op);
  const uint32_t threshold = uint32_t(std::lround(256.0 * (1.0 - double(op.p))));
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.x.rows; ++r) {
      for (int64_t c = 0; c < op.x.cols; ++c) {
        const auto words = philox4x32<7>({op.site, op.row_ids.as<uint32_t>()[r], uint32_t(op.positions.as<int32_t>()[r]), uint32_t(c / 16)},
                                         {op.key.as<uint32_t>()[0], op.key.as<uint32_t>()[1]});
        const uint32_t byte = (words[size_t(c % 16 / 4)] >> (8 * (c % 4))) & 0xff;
        const float kept = byte < threshold ? to_float(op.x.row<T>(r)[c]) * (256.0f / float(threshold)) : 0.0f;
        T& y = op.y.row<T>(r)[c];
        y = from_float<T>(op.accumulate ? to_float(y) + kept : kept);
      }
    }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
