#pragma once
#include <deque>
#include <initializer_list>
#include <vector>

#include "ops/backend.h"

namespace fettle::selftest {

/// How rows lie: at any address, or at multiples of 16 bytes.
enum class Rows { Unaligned, Aligned };

/// Host tensors with numbers from a seed; they live as long as this does.
class RandomTensors {
 public:
  RandomTensors(uint64_t seed, Rows rows) : state_(seed), rows_(rows) {}

  /// Numbers in [-1, 1), now and then one far larger or smaller; NaN where no element is.
  Tensor matrix(DType dtype, int64_t rows, int64_t cols);
  /// The same without gaps between rows.
  Tensor contiguous(DType dtype, int64_t rows, int64_t cols);
  Tensor vector(int64_t n, float low = -1, float high = 1);
  Tensor ints(const std::vector<int32_t>& values);
  Tensor words(const std::vector<uint32_t>& values);
  Tensor codes(int64_t n);
  Tensor zeros(DType dtype, int64_t n);
  /// A weight, F32, BF16 or NF4 with double quantized scales.
  Tensor weight(DType dtype, int64_t rows, int64_t cols);
  /// A whole number in [0, limit).
  int64_t below(int64_t limit) { return int64_t(next() % uint64_t(limit)); }

 private:
  uint64_t next();
  float uniform() { return float(int64_t(next() >> 40)) * 0x1p-23f - 1.0f; }
  Tensor filled(DType dtype, int64_t rows, int64_t cols, int64_t ld);
  void* room(size_t bytes);

  uint64_t state_;
  Rows rows_;
  std::deque<std::vector<uint64_t>> blocks_;
  std::deque<Nf4Scales> scales_;
};

}  // namespace fettle::selftest
