#include "selftest/random_tensors.h"

#include <cmath>
#include <cstring>

#include "backend/cpu/cpu.h"
#include "core/bf16.h"
#include "core/nf4.h"
#include "core/thread_pool.h"

namespace fettle::selftest {

/// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t RandomTensors::next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

void* RandomTensors::room(size_t bytes) { return blocks_.emplace_back(bytes / 8 + 4, ~uint64_t(0)).data(); }

Tensor RandomTensors::filled(DType dtype, int64_t rows, int64_t cols, int64_t ld) {
  Tensor t{room(size_t(rows * ld) * element_size(dtype)), dtype, rows, cols, ld};
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) {
      float v = uniform();
      const int64_t kind = below(64);
      if (kind == 0) v *= 8;
      if (kind == 1) v *= 0x1p-20f;
      if (dtype == DType::F32)
        t.row<float>(r)[c] = v;
      else
        t.row<bf16>(r)[c] = to_bf16(v);
    }
  return t;
}

Tensor RandomTensors::matrix(DType dtype, int64_t rows, int64_t cols) {
  return filled(dtype, rows, cols, rows_ == Rows::Aligned ? (cols + 7) / 8 * 8 + 8 : cols + 3);
}
Tensor RandomTensors::contiguous(DType dtype, int64_t rows, int64_t cols) { return filled(dtype, rows, cols, cols); }

Tensor RandomTensors::vector(int64_t n, float low, float high) {
  const Tensor t = fettle::vector(room(size_t(n) * 4), DType::F32, n);
  for (int64_t i = 0; i < n; ++i) t.as<float>()[i] = low + (high - low) * (uniform() + 1) / 2;
  return t;
}

Tensor RandomTensors::ints(const std::vector<int32_t>& values) {
  const Tensor t = fettle::vector(room(values.size() * 4), DType::I32, int64_t(values.size()));
  std::memcpy(t.data, values.data(), values.size() * 4);
  return t;
}
Tensor RandomTensors::words(const std::vector<uint32_t>& values) {
  const Tensor t = fettle::vector(room(values.size() * 4), DType::U32, int64_t(values.size()));
  std::memcpy(t.data, values.data(), values.size() * 4);
  return t;
}

Tensor RandomTensors::codes(int64_t n) {
  const Tensor t = fettle::vector(room(size_t(n)), DType::U8, n);
  for (int64_t i = 0; i < n; ++i) t.as<uint8_t>()[i] = uint8_t(next());
  return t;
}

Tensor RandomTensors::zeros(DType dtype, int64_t n) {
  const Tensor t = fettle::vector(room(size_t(n) * element_size(dtype)), dtype, n);
  std::memset(t.data, 0, size_t(n) * element_size(dtype));
  return t;
}

Tensor RandomTensors::weight(DType dtype, int64_t rows, int64_t cols) {
  if (dtype != DType::NF4) return matrix(dtype, rows, cols);
  const int64_t n = rows * cols, blocks = (n + 63) / 64;
  const Tensor packed = zeros(DType::U8, (n + 1) / 2), absmax = zeros(DType::F32, blocks), codes = zeros(DType::U8, blocks);
  const Tensor absmax2 = zeros(DType::F32, (blocks + 255) / 256), offset = zeros(DType::F32, 1);
  Context oracle{&cpu::tier("scalar"), &ThreadPool::instance()};
  run(oracle, Nf4Quantize{.x = contiguous(DType::F32, rows, cols), .packed = packed, .absmax = absmax});
  run(oracle, Nf4QuantizeScales{.absmax = absmax, .codes = codes, .absmax2 = absmax2, .offset = offset, .keep_offset = 0});
  Nf4Scales& s = scales_.emplace_back();
  s.codes = codes.as<uint8_t>();
  s.absmax2 = absmax2.as<float>();
  s.map = signed_dynamic_map();
  s.offset = *offset.as<float>();
  return {packed.data, DType::NF4, rows, cols, cols, &s};
}

}  // namespace fettle::selftest
