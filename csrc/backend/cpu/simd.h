#pragma once
// SIMD written once and compiled per tier: GCC vector extensions, one register of fp32 wide.
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/bf16.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define FETTLE_VF_LANES 16
#elif defined(__AVX2__)
#include <immintrin.h>
#define FETTLE_VF_LANES 8
#else
#define FETTLE_VF_LANES 4
#endif

namespace fettle::cpu::FETTLE_TIER {

inline constexpr int kLanes = FETTLE_VF_LANES;
typedef float vf __attribute__((vector_size(FETTLE_VF_LANES * 4)));
typedef int32_t vi __attribute__((vector_size(FETTLE_VF_LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(FETTLE_VF_LANES * 4)));
typedef uint16_t vh __attribute__((vector_size(FETTLE_VF_LANES * 2)));

inline vf splat(float f) { return f - vf{}; }  // f - 0 is f for every f, so this is a broadcast alone; f + 0 is not
inline vf load(const float* p) {
  vf v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, vf v) { std::memcpy(p, &v, sizeof v); }
inline vf load(const bf16* p) {
  vh h;
  std::memcpy(&h, p, sizeof h);
  return (vf)(__builtin_convertvector(h, vu) << 16);
}
/// Rounds to nearest even, denormals too; a NaN stays a NaN.
inline void store_ieee(bf16* p, vf v) {
  const vu u = (vu)v;
  const vu rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  const vu nan = (u >> 16) | 0x40u;
  const vi is_nan = (vi)((u & 0x7fffffffu) > 0x7f800000u);
  const vu r = ((vu)is_nan & nan) | (~(vu)is_nan & rounded);
  const vh h = __builtin_convertvector(r, vh);
  std::memcpy(p, &h, sizeof h);
}
inline void store_ieee(float* p, vf v) { store(p, v); }
/// Rounds to nearest even; a NaN stays a NaN. Where the processor has an instruction for it, denormals become 0.
inline void store(bf16* p, vf v) {
#if defined(__AVX512BF16__)
  const __m256bh h = _mm512_cvtneps_pbh((__m512)v);
  std::memcpy(p, &h, sizeof h);
#else
  store_ieee(p, v);
#endif
}
/// The first n < kLanes elements; the rest is 0.
template <class T>
inline vf load_partial(const T* p, int n) {
  T tmp[kLanes] = {};
  std::memcpy(tmp, p, size_t(n) * sizeof(T));
  return load(tmp);
}
template <class T>
inline void store_partial(T* p, vf v, int n) {
  T tmp[kLanes];
  store(tmp, v);
  std::memcpy(p, tmp, size_t(n) * sizeof(T));
}
#if defined(__AVX512F__)
inline float sum(vf v) { return _mm512_reduce_add_ps((__m512)v); }
inline float max(vf v) { return _mm512_reduce_max_ps((__m512)v); }
#else
inline float sum(vf v) {
  float s = 0;
  for (int i = 0; i < kLanes; ++i) s += v[i];
  return s;
}
inline float max(vf v) {
  float m = v[0];
  for (int i = 1; i < kLanes; ++i) m = v[i] > m ? v[i] : m;
  return m;
}
#endif
/// out[i] = sum(v[i]).
inline void sum_each(const vf (&v)[4], float* out) {
#if defined(__AVX512F__)
  const __m512 a = (__m512)v[0], b = (__m512)v[1], c = (__m512)v[2], d = (__m512)v[3];
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const __m512 t = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
  const __m256 u = _mm256_add_ps(_mm512_castps512_ps256(t), _mm512_extractf32x8_ps(t, 1));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(u), _mm256_extractf128_ps(u, 1)));
#else
  for (int i = 0; i < 4; ++i) out[i] = sum(v[i]);
#endif
}
inline vf max(vf a, vf b) { return a > b ? a : b; }
inline vf min(vf a, vf b) { return a < b ? a : b; }
inline vf select(vi mask, vf a, vf b) { return mask ? a : b; }

inline vf sqrt(vf v) {
#if defined(__AVX512F__)
  return (vf)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX2__)
  return (vf)_mm256_sqrt_ps((__m256)v);
#else
  for (int i = 0; i < kLanes; ++i) v[i] = std::sqrt(v[i]);
  return v;
#endif
}

/// p * 2^n, n whole and at most 254. Below -126 a denormal or 0 where the processor makes that in one instruction, elsewhere (denormals are
/// slow there) 0.
inline vf scale_by_power(vf p, vf n) {
#if defined(__AVX512F__)
  return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  const vi e = __builtin_convertvector(max(splat(-126.0f), n), vi);
  const vi half = e >> 1;  // in two factors, so that 2^128 does not overflow
  return select((vi)(n < splat(-126.0f)), vf{}, p * (vf)((half + 127) << 23) * (vf)((e - half + 127) << 23));
#endif
}

inline vf round_to_whole(vf x) {
#if defined(__AVX512F__)
  return (vf)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  return (x + splat(12582912.0f)) - splat(12582912.0f);  // 1.5 * 2^23
#endif
}

/// e^x to about 1 ulp of fp32 (Cephes' polynomial); infinity above 88.7, NaN for NaN.
inline vf exp(vf x) {
  const vf clamped = min(splat(89.0f), max(splat(-104.0f), x));  // in this order of operands a NaN passes
  const vf n = round_to_whole(clamped * 1.44269504088896341f);
  vf r = clamped - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  return scale_by_power(p, n);
}

/// 1 / x within 2^-27 of its value, for finite x.
inline vf fast_reciprocal(vf x) {
#if defined(__AVX512F__)
  const vf r = (vf)_mm512_rcp14_ps((__m512)x);
  return r * (2.0f - x * r);
#else
  return 1.0f / x;
#endif
}

/// By e^2x: absolute error below 2e-7.
inline vf tanh(vf x) { return 1.0f - 2.0f / (exp(x + x) + 1.0f); }

/// 2^t within 5e-7 of its value, for t up to 127: what becomes a bf16 needs no more. NaN for NaN.
inline vf fast_exp2(vf t) {
  t = max(splat(-160.0f), t);
  const vf n = round_to_whole(t);
  const vf f = t - n;
  vf p = splat(1.112550768e-3f);  // minimax on [-0.5, 0.5] with 2^0 = 1
  p = p * f + 9.666282525e-3f;
  p = p * f + 5.557400473e-2f;
  p = p * f + 2.402235065e-1f;
  p = p * f + 6.931428306e-1f;
  return scale_by_power(p * f + 1.0f, n);
}

/// 1 / (1 + e^-z), as exactly as a result of type T needs.
template <class T>
inline vf sigmoid(vf z) {
  if constexpr (sizeof(T) == sizeof(float)) return 1.0f / (1.0f + exp(-z));
  return fast_reciprocal(1.0f + fast_exp2(min(splat(126.0f), z * -1.44269504f)));
}

}  // namespace fettle::cpu::FETTLE_TIER
