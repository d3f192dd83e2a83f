#pragma once
// Operands packed for the micro-kernel: panels of `width` columns, one step of the reduction after the other. A step is one fp32, or
// a pair of bf16 (for vdpbf16ps); either is one 32-bit word, so the layouts are the same.
#include <vector>

#include "backend/cpu/row_reader.h"

namespace fettle::cpu::FETTLE_TIER {

/// Steps that `k` reduction elements take.
template <class T>
constexpr int64_t steps_of(int64_t k) {
  return sizeof(T) == 4 ? k : (k + 1) / 2;
}

/// A matrix of the product, indexed [outer][k]: stored so (`k_major` false), or transposed ([k][outer], true).
struct Operand {
  Tensor t;
  bool k_major = false;
  int64_t outer() const { return k_major ? t.cols : t.rows; }
  int64_t k() const { return k_major ? t.rows : t.cols; }
};

#if defined(__AVX512F__)
/// Transposes 16 rows of 16 words.
inline void transpose16(__m512i r[16]) {
  __m512i t[16];
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
  for (int i = 0; i < 4; ++i) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
    t[8 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
    t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[4 + i], 0x88);
    r[8 + i] = _mm512_shuffle_i32x4(t[i], t[4 + i], 0xdd);
    r[4 + i] = _mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0x88);
    r[12 + i] = _mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0xdd);
  }
}
#endif

/// dst[step * stride + i] = word `step` of rows[i], for i < count <= 16; `steps` whole words. May write up to 16 words a step
/// (later steps overwrite them), so dst needs 16 spare words at its end.
inline void interleave_rows(const uint32_t* const* rows, int count, int64_t steps, uint32_t* dst, int64_t stride) {
  int64_t s = 0;
#if defined(__AVX512F__)
  if (count > 4) {
    for (; s + 16 <= steps; s += 16) {
      __m512i r[16];
      for (int i = 0; i < 16; ++i) r[i] = i < count ? _mm512_loadu_si512(rows[i] + s) : _mm512_setzero_si512();
      transpose16(r);
      for (int i = 0; i < 16; ++i) _mm512_storeu_si512(dst + (s + i) * stride, r[i]);
    }
  }
#endif
  for (; s < steps; ++s)
    for (int i = 0; i < count; ++i) std::memcpy(dst + s * stride + i, rows[i] + s, 4);
}

/// Packs outer indices [first, first + count) of an operand, `count` <= width, into dst[steps][width]; missing ones become 0 when
/// width > count. T is the panel's element type: float, or bf16 for pairs. dst needs 16 spare words at its end.
template <class T>
inline void pack_panel(const Operand& op, int64_t first, int count, int width, uint32_t* dst, std::vector<T>& scratch) {
  const int64_t k = op.k(), steps = steps_of<T>(k);
  constexpr int64_t per_step = sizeof(T) == 4 ? 1 : 2;
  if (width > count) std::memset(dst, 0, size_t(steps) * width * 4);
  if (!op.k_major) {
    if (int64_t(scratch.size()) < 16 * (k + 2)) scratch.resize(16 * (k + 2));
    for (int base = 0; base < count; base += 16) {
      const int rows = std::min(16, count - base);
      const uint32_t* words[16];
      const T* elements[16];
      for (int i = 0; i < rows; ++i) {
        elements[i] = read_row(op.t, first + base + i, 0, k, scratch.data() + i * (k + 2));
        words[i] = reinterpret_cast<const uint32_t*>(elements[i]);
      }
      // a short group inside a wider panel must not spill over its neighbours' words
      if (rows == 16 || width == count) {
        interleave_rows(words, rows, k / per_step, dst + base, width);
      } else {
        for (int64_t s = 0; s < k / per_step; ++s)
          for (int i = 0; i < rows; ++i) std::memcpy(dst + s * width + base + i, words[i] + s, 4);
      }
      if (k % per_step != 0)
        for (int i = 0; i < rows; ++i) {
          T pair[2] = {elements[i][k - 1], T{}};
          std::memcpy(dst + (steps - 1) * width + base + i, pair, 4);
        }
    }
    return;
  }
  if (int64_t(scratch.size()) < 2 * count) scratch.resize(2 * count);
  for (int64_t s = 0; s < steps; ++s) {
    uint32_t* out = dst + s * width;
    const T* a = read_row(op.t, s * per_step, first, count, scratch.data());
    if constexpr (sizeof(T) == 4) {
      std::memcpy(out, a, size_t(count) * 4);
    } else {
      const bool whole = s * 2 + 1 < k;
      const T* b = whole ? read_row(op.t, s * 2 + 1, first, count, scratch.data() + count) : nullptr;
      for (int i = 0; i < count; ++i) out[i] = uint32_t(a[i].bits) | (b ? uint32_t(b[i].bits) << 16 : 0u);
    }
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
