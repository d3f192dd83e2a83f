#pragma once
// Rows of any matrix as contiguous fp32 or bf16; NF4 is decoded on the way (one fp32 multiply, one rounding).
#include "backend/cpu/simd.h"
#include "core/error.h"
#include "core/nf4.h"

namespace fettle::cpu::FETTLE_TIER {

inline float round_to_bf16(float f) { return to_float(to_bf16(f)); }

#if defined(__AVX512F__)
/// 16 bf16 roundings, results in the low halves of the lanes.
inline __m512i bf16_bits(__m512 v) {
  const __m512i u = _mm512_castps_si512(v);
  const __m512i lsb = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  return _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), lsb), 16);
}
#endif

/// 64 weights of one block (32 packed bytes) times `scale`, rounded to bf16.
inline void decode_nf4_block(const uint8_t* packed, float scale, bf16* dst) {
#if defined(__AVX512F__)
  const __m512i table = bf16_bits(_mm512_mul_ps(_mm512_loadu_ps(kNf4Code.data()), _mm512_set1_ps(scale)));
  for (int half = 0; half < 2; ++half) {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + 16 * half)));
    const __m512i even = _mm512_permutexvar_epi32(_mm512_srli_epi32(bytes, 4), table);
    const __m512i odd = _mm512_permutexvar_epi32(bytes, table);  // uses the low 4 bits only
    _mm512_storeu_si512(dst + 32 * half, _mm512_or_si512(even, _mm512_slli_epi32(odd, 16)));
  }
#else
  bf16 table[16];
  for (int i = 0; i < 16; ++i) table[i] = to_bf16(kNf4Code[i] * scale);
  for (int i = 0; i < 32; ++i) {
    dst[2 * i] = table[packed[i] >> 4];
    dst[2 * i + 1] = table[packed[i] & 15];
  }
#endif
}

/// The same in fp32, unrounded.
inline void decode_nf4_block(const uint8_t* packed, float scale, float* dst) {
#if defined(__AVX512F__)
  const __m512 table = _mm512_mul_ps(_mm512_loadu_ps(kNf4Code.data()), _mm512_set1_ps(scale));
  const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
  for (int half = 0; half < 2; ++half) {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + 16 * half)));
    const __m512 even = _mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), table);
    const __m512 odd = _mm512_permutexvar_ps(bytes, table);
    _mm512_storeu_ps(dst + 32 * half, _mm512_permutex2var_ps(even, low, odd));
    _mm512_storeu_ps(dst + 32 * half + 16, _mm512_permutex2var_ps(even, high, odd));
  }
#else
  float table[16];
  for (int i = 0; i < 16; ++i) table[i] = kNf4Code[i] * scale;
  for (int i = 0; i < 32; ++i) {
    dst[2 * i] = table[packed[i] >> 4];
    dst[2 * i + 1] = table[packed[i] & 15];
  }
#endif
}

/// Elements [first, first + n) of the flattened NF4 tensor; blocks may straddle rows.
template <class T>
inline void decode_nf4(const Tensor& w, int64_t first, int64_t n, T* dst) {
  const uint8_t* packed = w.as<const uint8_t>();
  int64_t i = 0;
  if (first % 64 == 0)
    for (; i + 64 <= n; i += 64) decode_nf4_block(packed + (first + i) / 2, nf4_scale(*w.nf4, (first + i) / 64), dst + i);
  for (; i < n; ++i) {
    const int64_t e = first + i;
    const uint8_t nibble = e % 2 == 0 ? packed[e / 2] >> 4 : packed[e / 2] & 15;
    dst[i] = from_float<T>(kNf4Code[nibble] * nf4_scale(*w.nf4, e / 64));
  }
}

/// Columns [first, first + n) of row r as T; `scratch` (n elements) is used when they do not lie there already.
template <class T>
inline const T* read_row(const Tensor& t, int64_t r, int64_t first, int64_t n, T* scratch) {
  constexpr DType own = sizeof(T) == 4 ? DType::F32 : DType::BF16;
  if (t.dtype == own) return t.row<const T>(r) + first;
  if (t.dtype == DType::NF4) {
    decode_nf4(t, r * t.cols + first, n, scratch);
    return scratch;
  }
  if (t.dtype == DType::BF16) {
    const bf16* p = t.row<const bf16>(r) + first;
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(scratch + i, load(p + i));
    for (; i < n; ++i) scratch[i] = from_float<T>(to_float(p[i]));
    return scratch;
  }
  if (t.dtype == DType::F32) {
    const float* p = t.row<const float>(r) + first;
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(scratch + i, load(p + i));
    for (; i < n; ++i) scratch[i] = from_float<T>(p[i]);
    return scratch;
  }
  throw Error("FETTLE_INVALID_ARGUMENT", std::string("a matrix of type ") + dtype_name(t.dtype) + " cannot be multiplied");
}

}  // namespace fettle::cpu::FETTLE_TIER
