#pragma once
// Sums of products of two rows, in an order that depends on their length only.
#include <algorithm>

#include "backend/cpu/simd.h"

namespace fettle::cpu::FETTLE_TIER {

inline float dot(const float* a, const float* b, int64_t n) {
  vf s[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
    for (int j = 0; j < 4; ++j) s[j] += load(a + i + j * kLanes) * load(b + i + j * kLanes);
  for (; i + kLanes <= n; i += kLanes) s[0] += load(a + i) * load(b + i);
  if (i < n) s[1] += load_partial(a + i, int(n - i)) * load_partial(b + i, int(n - i));
  return sum((s[0] + s[1]) + (s[2] + s[3]));
}

inline float dot(const bf16* a, const bf16* b, int64_t n) {
#if defined(__AVX512BF16__)
  __m512 s[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  int64_t i = 0;
  for (; i + 64 <= n; i += 64)
    for (int j = 0; j < 2; ++j)
      s[j] = _mm512_dpbf16_ps(s[j], (__m512bh)_mm512_loadu_si512(a + i + 32 * j), (__m512bh)_mm512_loadu_si512(b + i + 32 * j));
  for (; i < n; i += 32) {
    const __mmask32 mask = n - i >= 32 ? 0xffffffffu : (1u << (n - i)) - 1;
    s[0] = _mm512_dpbf16_ps(s[0], (__m512bh)_mm512_maskz_loadu_epi16(mask, a + i), (__m512bh)_mm512_maskz_loadu_epi16(mask, b + i));
  }
  return sum((vf)(s[0] + s[1]));
#else
  vf s[2] = {};
  int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes)
    for (int j = 0; j < 2; ++j) s[j] += load(a + i + j * kLanes) * load(b + i + j * kLanes);
  for (; i < n; i += kLanes) {
    const int left = int(std::min<int64_t>(kLanes, n - i));
    s[0] += load_partial(a + i, left) * load_partial(b + i, left);
  }
  return sum(s[0] + s[1]);
#endif
}

/// out[i] = the product of a with row b[i].
template <class T>
inline void dot_each(const T* a, const T* const (&b)[4], int64_t n, float* out) {
  vf s[4] = {};
  int64_t i = 0;
#if defined(__AVX512BF16__)
  if constexpr (sizeof(T) == 2) {
    for (; i < n; i += 32) {
      const __mmask32 mask = n - i >= 32 ? 0xffffffffu : (1u << (n - i)) - 1;
      const __m512bh x = (__m512bh)_mm512_maskz_loadu_epi16(mask, a + i);
      for (int j = 0; j < 4; ++j) s[j] = (vf)_mm512_dpbf16_ps((__m512)s[j], x, (__m512bh)_mm512_maskz_loadu_epi16(mask, b[j] + i));
    }
    return sum_each(s, out);
  }
#endif
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < 4; ++j) s[j] += load(a + i) * load(b[j] + i);
  if (i < n)
    for (int j = 0; j < 4; ++j) s[j] += load_partial(a + i, int(n - i)) * load_partial(b[j] + i, int(n - i));
  sum_each(s, out);
}

}  // namespace fettle::cpu::FETTLE_TIER
