#include "model/weights/random_weight.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/bf16.h"
#include "core/nf4.h"
#include "core/philox.h"
#include "core/thread_pool.h"

namespace fettle {
namespace {

constexpr int64_t kTaskBlocks = 4096;

/// Calls f(block, four random words) for each of n blocks.
template <class F>
void for_each_block(const RandomWeight& random, Context& context, int64_t n, F&& f) {
  context.pool->parallel_for((n + kTaskBlocks - 1) / kTaskBlocks, [&](int64_t task) {
    for (int64_t i = task * kTaskBlocks; i < std::min(n, (task + 1) * kTaskBlocks); ++i)
      f(i, philox4x32<7>({uint32_t(i), uint32_t(i >> 32), 0xa2d0u, 0}, {uint32_t(random.seed), uint32_t(random.seed >> 32)}));
  });
}

/// Fills n bytes.
void fill_bytes(const RandomWeight& random, Context& context, uint8_t* dst, int64_t n) {
  for_each_block(random, context, (n + 15) / 16, [&](int64_t i, const std::array<uint32_t, 4>& words) {
    std::memcpy(dst + 16 * i, words.data(), size_t(std::min<int64_t>(16, n - 16 * i)));
  });
}

}  // namespace

void load_dense(const RandomWeight& random, Context& context, const Tensor& dst) {
  const float width = random.std * std::sqrt(12.0f);
  for_each_block(random, context, (dst.size() + 3) / 4, [&](int64_t i, const std::array<uint32_t, 4>& words) {
    for (int64_t j = 0; j < 4 && 4 * i + j < dst.size(); ++j) {
      const float v = random.mean + (uniform01(words[size_t(j)]) - 0.5f) * width;
      if (dst.dtype == DType::F32)
        dst.as<float>()[4 * i + j] = v;
      else
        dst.as<bf16>()[4 * i + j] = to_bf16(v);
    }
  });
}

void load_nf4(const RandomWeight& random, Context& context, int64_t n, const Nf4Destination& dst) {
  double squares = 0;
  for (float code : kNf4Code) squares += double(code) * double(code) / 16;
  const float absmax = random.std / float(std::sqrt(squares));
  const int64_t blocks = (n + 63) / 64;
  fill_bytes(random, context, dst.packed, (n + 1) / 2);
  fill_bytes({random.seed + 1, 0, 0}, context, dst.codes, blocks);
  std::fill_n(dst.absmax2, (blocks + 255) / 256, absmax / 8);
  *dst.offset = absmax;
}

}  // namespace fettle
