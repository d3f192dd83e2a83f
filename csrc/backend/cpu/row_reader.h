#pragma once
// Rows of any matrix as contiguous fp32 or bf16.
#include "backend/cpu/lanes.h"
#include "backend/cpu/nf4_decode.h"
#include "core/error.h"

namespace fettle::cpu::FETTLE_TIER {

template <class From, class To>
inline void convert(const From* from, To* to, int64_t n) {
  each_register(n, [&](int64_t i, auto width) { store(to + i, load(from + i, width), width); });
}

/// Columns [first, first + n) of row r as T; `scratch` (n elements) is used when they do not lie there already.
template <class T>
inline const T* read_row(const Tensor& t, int64_t r, int64_t first, int64_t n, T* scratch) {
  constexpr DType own = sizeof(T) == 4 ? DType::F32 : DType::BF16;
  if (t.dtype == own) return t.row<const T>(r) + first;
  if (t.dtype == DType::NF4)
    decode_nf4(t, r * t.cols + first, n, scratch);
  else if (t.dtype == DType::BF16)
    convert(t.row<const bf16>(r) + first, scratch, n);
  else if (t.dtype == DType::F32)
    convert(t.row<const float>(r) + first, scratch, n);
  else
    throw Error("FETTLE_INVALID_ARGUMENT", std::string("a matrix of type ") + dtype_name(t.dtype) + " cannot be multiplied");
  return scratch;
}

/// The same, rounded to V first. `scratch` has room for 2 n elements.
template <class T, class V>
inline const T* read_row_rounded(const Tensor& t, int64_t r, int64_t first, int64_t n, T* scratch) {
  if constexpr (sizeof(T) == sizeof(V)) {
    return read_row(t, r, first, n, scratch);
  } else {
    convert(read_row(t, r, first, n, reinterpret_cast<V*>(scratch + n)), scratch, n);
    return scratch;
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
