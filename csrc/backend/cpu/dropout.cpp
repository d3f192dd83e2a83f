#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "core/philox.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// What each of 16 columns is multiplied by: 1 / keep_rate or 0.
inline void factors(float out[16], const std::array<uint32_t, 4>& words, uint32_t threshold, float kept) {
  for (int i = 0; i < 16; ++i) out[i] = ((words[size_t(i / 4)] >> (8 * (i % 4))) & 0xff) < threshold ? kept : 0.0f;
}

}  // namespace

void run(Context& context, const Dropout& op) {
  check(op);
  const uint32_t threshold = uint32_t(std::lround(256.0 * (1.0 - double(op.p))));
  const float kept = threshold ? 256.0f / float(threshold) : 0.0f;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_spans(context, op.x.rows, op.x.cols, [&](int64_t r, int64_t first, int64_t n) {  // first is a multiple of 16
      const uint32_t row_id = op.row_ids.as<uint32_t>()[r], position = uint32_t(op.positions.as<int32_t>()[r]);
      const T* x = op.x.row<T>(r) + first;
      T* y = op.y.row<T>(r) + first;
      for (int64_t c = 0; c < n; c += 16) {
        float f[16];
        factors(f, philox4x32<7>({op.site, row_id, position, uint32_t((first + c) / 16)}, {op.seed, op.step}), threshold, kept);
        each_register(std::min<int64_t>(16, n - c), [&](int64_t i, auto width) {
          vf v = load(x + c + i, width);
          const vf factor = load(f + i);
          v = select((vi)(factor == 0.0f), vf{}, v * factor);  // a dropped infinity is 0, not NaN
          if (op.accumulate) v += load(y + c + i, width);
          store(y + c + i, v, width);
        });
      }
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
