#pragma once
// Puts rows of activations into the word layouts that tile_gemm reads.
#include <algorithm>

#include "backend/cpu/scratch.h"
#include "backend/cpu/tile_gemm.h"
#include "backend/cpu/transpose.h"

namespace fettle::cpu::FETTLE_TIER {

/// Rows and columns of a tile.
inline constexpr int kTile = 64;

inline int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// Pieces of the calling thread's scratch, handed out one after the other.
class TileScratch {
 public:
  explicit TileScratch(size_t floats) : next_(thread_scratch<TileScratch, float>(floats)) {}
  /// The next `floats`, a multiple of 16.
  float* take(size_t floats) {
    float* p = next_;
    next_ += floats;
    return p;
  }

 private:
  float* next_;
};

/// kLanes values of a row that has n left; what is missing is 0.
template <class T>
inline vf load_row(const T* src, int n) {
  return n >= kLanes ? load(src) : load_partial(src, n);
}

/// kLanes words of a row that has n values left; what is missing is 0.
template <class V, class T>
inline vf load_words(const T* src, int n) {
  if constexpr (sizeof(V) == sizeof(float)) {
    return load_row(src, n);
  } else {
    if (n >= 2 * kLanes) return load(reinterpret_cast<const float*>(src));
    float whole[kLanes] = {};
    std::memcpy(whole, src, size_t(n) * sizeof(T));
    return load(whole);
  }
}

/// n rows of d values, row(i) being their start, as an A that is reduced along d: [n][stride words].
template <class V, class Rows>
inline void pack_rows(int n, int d, int stride, Rows&& row, float* dst) {
  for (int i = 0; i < n; ++i, dst += stride)
    for (int w = 0; w < words<V>(d); w += kLanes) store(dst + w, load_words<V>(row(i) + w * kPerWord<V>, d - w * kPerWord<V>));
}

/// The same rows as a B that is reduced along the rows: [words of n][stride]; an odd row is paired with zeros.
template <class V, class Rows>
inline void pack_rows_as_b(int n, int d, int stride, Rows&& row, float* dst) {
  if constexpr (kPerWord<V> == 1) return pack_rows<V>(n, d, stride, row, dst);
  for (int i = 0; i < n; i += 2, dst += stride) {
    const auto* even = row(i);
    const auto* odd = i + 1 < n ? row(i + 1) : nullptr;
    for (int c = 0; c < d; c += kLanes) {
      const vu low = (vu)load_row(even + c, d - c);  // a bf16 becomes the upper half of its word
      const vu high = odd ? (vu)load_row(odd + c, d - c) : vu{};
      store(dst + c, (vf)(low >> 16 | high));
    }
  }
}

/// n <= kTile rows as a B that is reduced along d: [words of d][kTile]; columns from n to a whole vector are 0.
template <class V, class Rows>
inline void pack_rows_transposed(int n, int d, Rows&& row, float* dst) {
  const int depth = words<V>(d);
  for (int j = 0; j < n; j += kLanes) {
    for (int w = 0; w < depth; w += kLanes) {
      vf r[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) r[i] = j + i < n ? load_words<V>(row(j + i) + w * kPerWord<V>, d - w * kPerWord<V>) : vf{};
      transpose(r);
      float* to = dst + w * kTile + j;
      if (depth - w >= kLanes) {
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) store(to + i * kTile, r[i]);
      } else {
        for (int i = 0; i < depth - w; ++i) store(to + i * kTile, r[i]);
      }
    }
  }
}

/// Two rows of kLanes computed values as words that pair them, for a reduction along the rows.
inline vf pair_rows(vf even, vf odd) {
#if defined(__AVX512BF16__)
  static const __m512i zip = [] {
    alignas(64) uint16_t order[32];
    for (int i = 0; i < 32; ++i) order[i] = uint16_t(i / 2 + i % 2 * 16);
    return _mm512_load_si512(order);
  }();
  return (vf)_mm512_permutexvar_epi16(zip, (__m512i)_mm512_cvtne2ps_pbh((__m512)odd, (__m512)even));
#else
  bf16 low[kLanes], high[kLanes];
  store(low, even);
  store(high, odd);
  return (vf)((vu)load(low) >> 16 | (vu)load(high));
#endif
}

/// dst[0, d) = factor * src[0, d), rounded to T.
template <class T>
inline void unpack_row(const float* src, float factor, int d, T* dst) {
  int i = 0;
  for (; i + kLanes <= d; i += kLanes) store(dst + i, load(src + i) * factor);
  if (i < d) store_partial(dst + i, load(src + i) * factor, d - i);
}

}  // namespace fettle::cpu::FETTLE_TIER
