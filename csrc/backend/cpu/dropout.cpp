#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "core/philox.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// Philox of kLanes counters that differ in their last word: columns 16 c .. of counter c.
constexpr int kColumns = 16 * kLanes;

/// High and low words of the products with a constant.
struct Product {
  vu high, low;
};
inline Product multiply(vu a, uint32_t b) {
#if defined(__AVX512F__)
  const __m512i x = (__m512i)a, m = _mm512_set1_epi32(int32_t(b));
  const __m512i even = _mm512_mul_epu32(x, m), odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), m);
  return {(vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd), (vu)_mm512_mullo_epi32(x, m)};
#elif defined(__AVX2__)
  const __m256i x = (__m256i)a, m = _mm256_set1_epi32(int32_t(b));
  const __m256i even = _mm256_mul_epu32(x, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), m);
  return {(vu)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), (vu)_mm256_mullo_epi32(x, m)};
#else
  typedef uint64_t wide __attribute__((vector_size(2 * sizeof(vu))));
  const wide product = __builtin_convertvector(a, wide) * uint64_t(b);
  return {__builtin_convertvector(product >> 32, vu), a * b};
#endif
}

/// The bytes of columns [16 first_group, + kColumns) of a row, in the order of the columns.
inline void random_bytes(const Dropout& op, uint32_t row_id, uint32_t position, uint32_t first_group, uint8_t (&bytes)[kColumns]) {
  uint32_t groups[kLanes];
  for (int i = 0; i < kLanes; ++i) groups[i] = first_group + uint32_t(i);
  vu c[4] = {vu{} + op.site, vu{} + row_id, vu{} + position, {}};
  std::memcpy(&c[3], groups, sizeof groups);
  uint32_t key[2] = {op.key.as<uint32_t>()[0], op.key.as<uint32_t>()[1]};
  for (int round = 0; round < 7; ++round) {
    const Product p0 = multiply(c[0], kPhiloxM0), p1 = multiply(c[2], kPhiloxM1);
    c[0] = p1.high ^ c[1] ^ key[0];
    c[2] = p0.high ^ c[3] ^ key[1];
    c[1] = p1.low;
    c[3] = p0.low;
    key[0] += kPhiloxW0;
    key[1] += kPhiloxW1;
  }
  uint32_t words[4][kLanes];
  std::memcpy(words, c, sizeof words);
  for (int i = 0; i < kLanes; ++i)
    for (int word = 0; word < 4; ++word) std::memcpy(bytes + 16 * i + 4 * word, &words[word][i], 4);  // little-endian
}

/// kLanes numbers, 1 / keep_rate or 0.
inline vf factors(const uint8_t* bytes, uint32_t threshold, float kept) {
  typedef uint8_t narrow __attribute__((vector_size(kLanes)));
  narrow b;
  std::memcpy(&b, bytes, kLanes);
  return select((vi)(__builtin_convertvector(b, vu) < threshold), splat(kept), vf{});
}

}  // namespace

void run(Context& context, const Dropout& op) {
  check(op);
  const uint32_t threshold = uint32_t(std::lround(256.0 * (1.0 - double(op.p))));
  const float kept = threshold ? 256.0f / float(threshold) : 0.0f;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_spans(context, op.x.rows, op.x.cols, [&](int64_t r, int64_t first, int64_t n) {  // first is a multiple of kColumns
      const uint32_t row_id = op.row_ids.as<uint32_t>()[r], position = uint32_t(op.positions.as<int32_t>()[r]);
      uint8_t bytes[kColumns];
      for (int64_t c = 0; c < n; c += kColumns) {
        random_bytes(op, row_id, position, uint32_t((first + c) / 16), bytes);
        const T* x = op.x.row<T>(r) + first + c;
        T* y = op.y.row<T>(r) + first + c;
        each_register(std::min<int64_t>(kColumns, n - c), [&](int64_t i, auto width) {
          const vf factor = factors(bytes + i, threshold, kept);
          vf v = select((vi)(factor == 0.0f), vf{}, load(x + i, width) * factor);  // a dropped infinity is 0, not NaN
          if (op.accumulate) v += load(y + i, width);
          store(y + i, v, width);
        });
      }
    });
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
