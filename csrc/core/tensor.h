#pragma once
#include "core/dtype.h"

namespace fettle {

/// Scales of an NF4 tensor: one per block of 64 weights, either fp32 (`absmax`) or 8-bit codes with a second level
/// (bitsandbytes' double quantization): scale(b) = map[codes[b]] * absmax2[b / 256] + offset, two roundings.
struct Nf4Scales {
  const float* absmax = nullptr;
  const uint8_t* codes = nullptr;
  const float* absmax2 = nullptr;
  const float* map = nullptr;
  float offset = 0.0f;
  int32_t blocksize = 64;
};

/// A view of a row-major matrix; it owns nothing. `ld` is the distance between rows in elements.
/// For NF4, `data` holds packed nibbles of the flattened [rows, cols], even element in the high nibble, and ld == cols.
struct Tensor {
  void* data = nullptr;
  DType dtype = DType::F32;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t ld = 0;
  const Nf4Scales* nf4 = nullptr;

  explicit operator bool() const { return data != nullptr; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  template <class T>
  T* row(int64_t r) const {
    return static_cast<T*>(data) + r * ld;
  }
  int64_t size() const { return rows * cols; }
  /// Columns [first, first + n) of every row.
  Tensor columns(int64_t first, int64_t n) const {
    Tensor t = *this;
    t.data = static_cast<uint8_t*>(data) + size_t(first) * element_size(dtype);
    t.cols = n;
    return t;
  }
  /// Rows [first, first + n).
  Tensor slice(int64_t first, int64_t n) const {
    Tensor t = *this;
    t.data = static_cast<uint8_t*>(data) + size_t(first * ld) * element_size(dtype);
    t.rows = n;
    return t;
  }
};

inline Tensor matrix(void* data, DType dtype, int64_t rows, int64_t cols) { return {data, dtype, rows, cols, cols, nullptr}; }
inline Tensor vector(void* data, DType dtype, int64_t n) { return {data, dtype, 1, n, n, nullptr}; }

}  // namespace fettle
