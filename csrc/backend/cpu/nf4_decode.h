#pragma once
// NF4 to bf16 or fp32: a block's 16 products code * scale are made once (one fp32 multiply, one rounding), then looked up.
#include <algorithm>
#include <type_traits>

#include "backend/cpu/simd.h"
#include "core/nf4.h"

namespace fettle::cpu::FETTLE_TIER {

inline constexpr int64_t kNf4Block = 64;

/// What the 16 codes of a block stand for.
template <class T>
inline void nf4_table(float scale, T (&table)[16]) {
  for (int i = 0; i < 16; i += kLanes) store_ieee(table + i, load(kNf4Code.data() + i) * scale);
}

#if defined(__AVX512F__)
/// 16 bf16 roundings, results in the low halves of the lanes.
inline __m512i bf16_bits(__m512 v) {
  const __m512i u = _mm512_castps_si512(v);
  const __m512i lsb = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  return _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(u, _mm512_set1_epi32(0x7fff)), lsb), 16);
}

inline void decode_nf4_block(const uint8_t* packed, float scale, bf16* dst) {
  const __m512i table = bf16_bits(_mm512_mul_ps(_mm512_loadu_ps(kNf4Code.data()), _mm512_set1_ps(scale)));
  for (int half = 0; half < 2; ++half) {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + 16 * half)));
    const __m512i even = _mm512_permutexvar_epi32(_mm512_srli_epi32(bytes, 4), table);
    const __m512i odd = _mm512_permutexvar_epi32(bytes, table);  // uses the low 4 bits only
    _mm512_storeu_si512(dst + 32 * half, _mm512_or_si512(even, _mm512_slli_epi32(odd, 16)));
  }
}

inline void decode_nf4_block(const uint8_t* packed, float scale, float* dst) {
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
}
#else
typedef uint8_t vb __attribute__((vector_size(16)));

/// The bytes at `index` of a table of 16.
inline vb look_up(vb table, vb index) {
#if defined(__SSSE3__)
  return (vb)_mm_shuffle_epi8((__m128i)table, (__m128i)index);
#else
  return __builtin_shuffle(table, index);  // one instruction on Arm
#endif
}

/// Byte planes of a table of bf16: a weight is two lookups, 16 weights at a time.
inline void decode_nf4_block(const uint8_t* packed, float scale, bf16* dst) {
  bf16 table[16];
  nf4_table(scale, table);
  vb first, second, planes[2];
  std::memcpy(&first, table, 16);
  std::memcpy(&second, table + 8, 16);
  const vb every_low = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
  planes[0] = __builtin_shuffle(first, second, every_low);
  planes[1] = __builtin_shuffle(first, second, every_low + 1);
  const vb zip_low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23}, zip_high = zip_low + 8;
  for (int half = 0; half < 2; ++half) {
    vb bytes;
    std::memcpy(&bytes, packed + 16 * half, 16);
    const vb even = bytes >> 4, odd = bytes & 15;
    const vb codes[2] = {__builtin_shuffle(even, odd, zip_low), __builtin_shuffle(even, odd, zip_high)};
    for (int i = 0; i < 2; ++i) {
      const vb low = look_up(planes[0], codes[i]), high = look_up(planes[1], codes[i]);
      const vb words[2] = {__builtin_shuffle(low, high, zip_low), __builtin_shuffle(low, high, zip_high)};
      std::memcpy(dst + 32 * half + 16 * i, words, 32);
    }
  }
}

inline void decode_nf4_block(const uint8_t* packed, float scale, float* dst) {
  float table[16];
  nf4_table(scale, table);
  for (int i = 0; i < 32; ++i) {
    dst[2 * i] = table[packed[i] >> 4];
    dst[2 * i + 1] = table[packed[i] & 15];
  }
}
#endif

#if defined(__AVX512F__)
/// The elements at `index` of a table of 256, by permutes of its 16 registers: a gather takes longer.
inline __m512 look_up_256(const float* table, __m512i index) {
  const auto of_32 = [&](int i) {
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table + 32 * i), index, _mm512_loadu_ps(table + 32 * i + 16));
  };
  const __mmask16 bit5 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(32)), bit6 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(64)),
                  bit7 = _mm512_test_epi32_mask(index, _mm512_set1_epi32(128));
  const auto of_64 = [&](int i) { return _mm512_mask_blend_ps(bit5, of_32(2 * i), of_32(2 * i + 1)); };
  const auto of_128 = [&](int i) { return _mm512_mask_blend_ps(bit6, of_64(2 * i), of_64(2 * i + 1)); };
  return _mm512_mask_blend_ps(bit7, of_128(0), of_128(1));
}
#endif

/// map[codes[i]] * factor + offset, rounded after the product too: no fused multiply-add.
inline void coded_scales(const Nf4Scales& s, const uint8_t* codes, int64_t n, float factor, float* out) {
#if defined(__AVX512F__)
  for (int64_t i = 0; i < n; i += 16) {
    const __mmask16 mask = n - i >= 16 ? 0xffff : __mmask16((1u << (n - i)) - 1);
    const __m512i index = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, codes + i));
    const __m512 product =
        _mm512_mul_round_ps(look_up_256(s.map, index), _mm512_set1_ps(factor), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm512_mask_storeu_ps(out + i, mask, _mm512_add_ps(product, _mm512_set1_ps(s.offset)));
  }
#else
  for (int64_t i = 0; i < n; ++i) out[i] = s.map[codes[i]] * factor;
  asm volatile("" ::: "memory");
  for (int64_t i = 0; i < n; ++i) out[i] += s.offset;
#endif
}

/// Scales of blocks [first, first + n).
inline void nf4_scales(const Nf4Scales& s, int64_t first, int64_t n, float* out) {
  if (s.absmax) {
    std::memcpy(out, s.absmax + first, size_t(n) * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < n;) {
    const int64_t run = std::min(n - i, 256 - (first + i) % 256);  // with one second-level scale
    coded_scales(s, s.codes + first + i, run, s.absmax2[(first + i) >> 8], out + i);
    i += run;
  }
}

/// n elements of a block, from the one at `from` on.
template <class T>
inline void decode_nf4_part(const Tensor& w, int64_t block, int64_t from, int64_t n, T* dst) {
  const uint8_t* packed = w.as<const uint8_t>() + block * (kNf4Block / 2);
  uint8_t last[kNf4Block / 2] = {};
  if (const int64_t left = w.size() - block * kNf4Block; left < kNf4Block)  // nothing beyond the tensor is read
    packed = static_cast<const uint8_t*>(std::memcpy(last, packed, size_t(left + 1) / 2));
  float scale;
  nf4_scales(*w.nf4, block, 1, &scale);
  alignas(64) T whole[kNf4Block];
  decode_nf4_block(packed, scale, whole);
  std::memcpy(dst, whole + from, size_t(n) * sizeof(T));
}

/// Elements [first, first + n) of the flattened NF4 tensor as T, in bf16 rounded; blocks may straddle rows.
template <class T>
inline void decode_nf4(const Tensor& w, int64_t first, int64_t n, T* dst) {
  const uint8_t* packed = w.as<const uint8_t>();
  int64_t i = 0;
  if (const int64_t from = first % kNf4Block; from != 0) {
    i = std::min(n, kNf4Block - from);
    decode_nf4_part(w, first / kNf4Block, from, i, dst);
  }
  constexpr int64_t together = 16;
  float scales[together];
  while (i + kNf4Block <= n) {
    const int64_t blocks = std::min(together, (n - i) / kNf4Block);
    nf4_scales(*w.nf4, (first + i) / kNf4Block, blocks, scales);
    for (int64_t b = 0; b < blocks; ++b, i += kNf4Block) decode_nf4_block(packed + (first + i) / 2, scales[b], dst + i);
  }
  if (i < n) decode_nf4_part(w, (first + i) / kNf4Block, 0, n - i, dst + i);
}

}  // namespace fettle::cpu::FETTLE_TIER
