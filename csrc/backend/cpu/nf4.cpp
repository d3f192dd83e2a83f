#include "core/nf4.h"

#include "backend/cpu/lanes.h"
#include "backend/cpu/nearest_code.h"
#include "backend/cpu/row_reader.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kBlock = 64;         // weights of a scale
constexpr int64_t kGroup = 256;        // scales of a second-level scale
constexpr int64_t kTaskBlocks = 1024;  // blocks of a task

/// Quantizes n <= 64 weights; returns their absmax.
template <class T>
float quantize_block(const T* x, int64_t n, uint8_t* packed) {
  vf highest = {};
  each_register(n, [&](int64_t i, auto width) {
    const vf v = load(x + i, width);
    highest = max(max(v, -v), highest);
  });
  const float absmax = max(highest);
  const float reciprocal = 1.0f / std::max(absmax, 1e-38f);
  int32_t codes[kBlock] = {};
  each_register(n, [&](int64_t i, auto width) {
    const vf v = load(x + i, width) * reciprocal;
    vi code = {};
    for (float threshold : kNf4Threshold) code -= (vi)(v > threshold);
    std::memcpy(codes + i, &code, sizeof code);
  });
  if (n % 2) codes[n] = 7;
  for (int64_t i = 0; i < (n + 1) / 2; ++i) packed[i] = uint8_t(codes[2 * i] << 4 | codes[2 * i + 1]);
  return absmax;
}

}  // namespace

void run(Context& context, const Nf4Quantize& op) {
  check(op);
  const int64_t n = op.x.size(), blocks = op.absmax.cols;
  with_type(op.x.dtype, [&](auto type) {
    const auto* x = op.x.as<decltype(type)>();
    context.pool->parallel_for((blocks + kTaskBlocks - 1) / kTaskBlocks, [&](int64_t task) {
      for (int64_t b = task * kTaskBlocks; b < std::min(blocks, (task + 1) * kTaskBlocks); ++b)
        op.absmax.as<float>()[b] =
            quantize_block(x + b * kBlock, std::min(kBlock, n - b * kBlock), op.packed.as<uint8_t>() + b * (kBlock / 2));
    });
  });
}

void run(Context& context, const Nf4QuantizeScales& op) {
  check(op);
  const float* absmax = op.absmax.as<float>();
  const int64_t n = op.absmax.cols;
  if (n == 0) return;
  if (!op.keep_offset) {
    double total = 0;
    for (int64_t i = 0; i < n; ++i) total += absmax[i];
    *op.offset.as<float>() = float(total / double(n));
  }
  const float offset = *op.offset.as<float>();
  static const NearestCode nearest(signed_dynamic_map());
  parallel_rows(context, op.absmax2.cols, kGroup, [&](int64_t group) {
    const int64_t first = group * kGroup, end = std::min(n, first + kGroup);
    float highest = 0;
    for (int64_t i = first; i < end; ++i) highest = std::max(highest, std::fabs(absmax[i] - offset));
    const float reciprocal = 1.0f / std::max(highest, 1e-38f);
    for (int64_t i = first; i < end; ++i) op.codes.as<uint8_t>()[i] = nearest((absmax[i] - offset) * reciprocal);
    op.absmax2.as<float>()[group] = highest;
  });
}

void run(Context& context, const Nf4Dequantize& op) {
  check(op);
  const int64_t n = op.y.size(), cols = op.y.cols, blocks = (n + kBlock - 1) / kBlock;
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    context.pool->parallel_for((blocks + kTaskBlocks - 1) / kTaskBlocks, [&](int64_t task) {
      for (int64_t b = task * kTaskBlocks; b < std::min(blocks, (task + 1) * kTaskBlocks); ++b) {
        const int64_t first = b * kBlock, size = std::min(kBlock, n - first), row = first / cols, col = first % cols;
        if (col + size <= cols) {
          decode_nf4(op.w, first, size, op.y.row<T>(row) + col);
          continue;
        }
        T values[kBlock];  // the block runs across rows
        decode_nf4(op.w, first, size, values);
        for (int64_t i = 0; i < size; ++i) op.y.row<T>((first + i) / cols)[(first + i) % cols] = values[i];
      }
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
