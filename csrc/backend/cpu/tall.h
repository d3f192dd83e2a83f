#pragma once
// Products whose result is a few rows high, LoRA's dy^T s and ds^T x. The long operand is read as it lies; only the small one is packed.
// Elements are summed in the order of gemm.h.
#include "backend/cpu/gemm.h"

namespace fettle::cpu::FETTLE_TIER {

/// Most rows of the short side.
inline constexpr int64_t kSkinny = 3 * kLanes;
/// Rows of a register tile: up to 8 x 3 accumulators.
inline constexpr int kSkinnyRows = 8;
/// Most blocks of columns, of two registers each, that a task of tall() takes.
inline constexpr int64_t kTallBlocks = 8;
/// Steps that a task goes through before it comes back to the same columns: its rows of the long operand stay in L2 meanwhile.
inline constexpr int64_t kTallSteps = 64;

/// A step of a block of columns as words. Where `unpacked`, in the order in which 128-bit lanes unpack.
template <class T, class V>
inline void block_step(const V* row, [[maybe_unused]] const V* odd, int columns, vf (&word)[2]) {
#if defined(__AVX512BF16__)
  if constexpr (kPerStep<T> == 2) {
    if (columns == 2 * kLanes && odd) {
      const __m512i x = _mm512_loadu_si512(row), y = _mm512_loadu_si512(odd);
      word[0] = (vf)_mm512_unpacklo_epi16(x, y);
      word[1] = (vf)_mm512_unpackhi_epi16(x, y);
      return;
    }
    alignas(64) bf16 x[2 * kLanes] = {}, y[2 * kLanes] = {};
    std::memcpy(x, row, size_t(columns) * sizeof(bf16));
    if (odd) std::memcpy(y, odd, size_t(columns) * sizeof(bf16));
    return block_step<T, V>(x, y, 2 * kLanes, word);
  }
#endif
  for (int j = 0; j < 2; ++j) {
    const int n = columns - j * kLanes;
    word[j] = n >= kLanes ? load(row + j * kLanes) : n > 0 ? load_partial(row + j * kLanes, n) : vf{};
  }
}

/// Puts the columns that block_step left out of order right.
template <class T>
inline void order_columns([[maybe_unused]] vf (&v)[2]) {
#if defined(__AVX512BF16__)
  if constexpr (kPerStep<T> == 2) {
    const __m512i low = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    const __m512 x = (__m512)v[0], y = (__m512)v[1];
    v[0] = (vf)_mm512_permutex2var_ps(x, low, y);
    v[1] = (vf)_mm512_permutex2var_ps(x, high, y);
  }
#endif
}

/// sums[i] += a's panel times a block of columns of the long operand, over `rows` rows.
template <class T, class V>
inline void tall_block(const uint32_t* a, const V* b, int64_t ld, int64_t rows, int columns, const V* ahead, float* sums) {
  vf acc[kSkinnyRows][2];
#pragma GCC unroll 8
  for (int i = 0; i < kSkinnyRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) acc[i][j] = load(sums + (2 * i + j) * kLanes);
  for (int64_t t = 0; t < rows; t += kPerStep<T>, a += kSkinnyRows, b += kPerStep<T> * ld, ahead += kPerStep<T> * ld) {
    __builtin_prefetch(ahead, 0, 2);
    vf word[2];
    block_step<T, V>(b, t + 1 < rows ? b + ld : nullptr, columns, word);
#pragma GCC unroll 8
    for (int i = 0; i < kSkinnyRows; ++i) {
      const vf row = word_splat(a + i, static_cast<T*>(nullptr));
#pragma GCC unroll 2
      for (int j = 0; j < 2; ++j) acc[i][j] = multiply_add(row, word[j], acc[i][j], static_cast<T*>(nullptr));
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kSkinnyRows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < 2; ++j) store(sums + (2 * i + j) * kLanes, acc[i][j]);
}

/// C += small^T x, small [K][R], x [K][N]; C is fp32 [R][N], or [N][R] when `transposed`.
template <class T, class V>
void tall(Context& context, const Tensor& small, const Tensor& x, const Tensor& c, bool transposed) {
  struct PackedA;
  struct Sums;
  constexpr int64_t width = 2 * kLanes, block_floats = kSkinnyRows * width, chunk = kTallSteps * kPerStep<T>;
  const int64_t k = x.rows, n = x.cols, r = small.cols;
  const int64_t panels = (r + kSkinnyRows - 1) / kSkinnyRows, panel_words = steps_of<T>(k) * kSkinnyRows;
  uint32_t* const a = thread_scratch<PackedA, uint32_t>(size_t(panels * panel_words));
  pack_panels<T, V>({small, true}, {0, r, 0, k}, kSkinnyRows, true, a, panel_words);
  const int64_t blocks = (n + width - 1) / width;
  const int64_t tasks = std::max((blocks + kTallBlocks - 1) / kTallBlocks, std::min<int64_t>(blocks, 4 * context.pool->threads()));
  context.pool->parallel_for(tasks, [&](int64_t task) {
    const Part part = part_of(blocks, tasks, task);
    float* const sums = thread_scratch<Sums, float>(size_t((part.end - part.first) * panels * block_floats));
    std::fill(sums, sums + (part.end - part.first) * panels * block_floats, 0.0f);
    const auto sums_of = [&](int64_t block, int64_t panel) { return sums + ((block - part.first) * panels + panel) * block_floats; };
    for (int64_t t = 0; t < k; t += chunk) {
      const int64_t rows = std::min(chunk, k - t);
      for (int64_t block = part.first; block < part.end; ++block)
        for (int64_t p = 0; p < panels; ++p) {
          const V* const b = x.row<const V>(t) + block * width;
          tall_block<T, V>(a + p * panel_words + t / kPerStep<T> * kSkinnyRows, b, x.ld, rows, int(std::min(width, n - block * width)),
                           b + (chunk + p) * x.ld, sums_of(block, p));
        }
    }
    for (int64_t block = part.first; block < part.end; ++block)
      for (int64_t i = 0; i < r; ++i) {
        const float* from = sums_of(block, i / kSkinnyRows) + i % kSkinnyRows * width;
        vf line[2] = {load(from), load(from + kLanes)};
        order_columns<T>(line);
        for (int64_t j = 0; j < std::min(width, n - block * width); ++j) {
          const int64_t column = block * width + j;
          (transposed ? c.row<float>(column)[i] : c.row<float>(i)[column]) += line[j / kLanes][j % kLanes];
        }
      }
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
