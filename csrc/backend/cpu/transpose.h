#pragma once
#include "backend/cpu/simd.h"

namespace fettle::cpu::FETTLE_TIER {

/// Transposes kLanes registers of kLanes words.
inline void transpose(vf (&r)[kLanes]) {
#if defined(__AVX512F__)
  // unpack within 128-bit lanes, then move the lanes: cheaper than permutes of two registers
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    t[2 * i] = _mm512_unpacklo_epi32((__m512i)r[2 * i], (__m512i)r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32((__m512i)r[2 * i], (__m512i)r[2 * i + 1]);
  }
  __m512i q[16];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    q[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    q[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    q[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    q[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(q[i], q[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(q[8 + i], q[12 + i], 0x88);
    t[8 + i] = _mm512_shuffle_i32x4(q[i], q[4 + i], 0xdd);
    t[12 + i] = _mm512_shuffle_i32x4(q[8 + i], q[12 + i], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    r[i] = (vf)_mm512_shuffle_i32x4(t[i], t[4 + i], 0x88);
    r[8 + i] = (vf)_mm512_shuffle_i32x4(t[i], t[4 + i], 0xdd);
    r[4 + i] = (vf)_mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0x88);
    r[12 + i] = (vf)_mm512_shuffle_i32x4(t[8 + i], t[12 + i], 0xdd);
  }
#else
  // interleaving row i with row i + kLanes/2, log2(kLanes) times over
  vi low, high;
  for (int i = 0; i < kLanes; ++i) {
    low[i] = i / 2 + (i % 2) * kLanes;
    high[i] = low[i] + kLanes / 2;
  }
  for (int step = 1; step < kLanes; step *= 2) {
    vf t[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      t[2 * i] = __builtin_shuffle(r[i], r[i + kLanes / 2], low);
      t[2 * i + 1] = __builtin_shuffle(r[i], r[i + kLanes / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) r[i] = t[i];
  }
#endif
}

}  // namespace fettle::cpu::FETTLE_TIER
