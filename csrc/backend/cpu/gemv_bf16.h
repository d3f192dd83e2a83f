#pragma once
// Decoding's products with bf16 pairs: rows of weights go from memory to registers once, for up to 12 rows of x, and LoRA's share lands in
// the same accumulators.
#include "backend/cpu/nf4_decode.h"
#include "backend/cpu/scratch.h"
#include "core/thread_pool.h"
#include "ops/linear.h"

#if defined(__AVX512BF16__)
namespace fettle::cpu::FETTLE_TIER {

inline constexpr int kMostGemvRows = 12;

/// Rows are asked for from memory whole tiles ahead, at least as many bytes as come while one waits for it: a row is too short for the
/// processor to see the next one coming.
inline int64_t bytes_ahead(int64_t tile_bytes) {
  constexpr int64_t least = 6 << 10;
  return (least + tile_bytes - 1) / std::max<int64_t>(1, tile_bytes) * tile_bytes;
}

/// 64 weights of a row as two registers of bf16, in the order of x.
struct WeightBlock {
  __m512bh first, second;
};

/// Rows of bf16 weights; a last block that is not whole is filled up with zeros.
struct Bf16Rows {
  const Tensor& w;
  struct Row {
    const bf16* data;
    int64_t k, ahead;
    WeightBlock operator()(int64_t block) const {
      const bf16* p = data + block * 64;
      _mm_prefetch(reinterpret_cast<const char*>(p) + ahead, _MM_HINT_T0);
      _mm_prefetch(reinterpret_cast<const char*>(p) + ahead + 64, _MM_HINT_T0);
      const int64_t left = k - block * 64;
      if (left >= 64) return {(__m512bh)_mm512_loadu_si512(p), (__m512bh)_mm512_loadu_si512(p + 32)};
      const uint64_t mask = (uint64_t(1) << left) - 1;
      return {(__m512bh)_mm512_maskz_loadu_epi16(__mmask32(mask), p), (__m512bh)_mm512_maskz_loadu_epi16(__mmask32(mask >> 32), p + 32)};
    }
  };
  static constexpr bool kEvenOdd = false;
  void prepare(int64_t, int64_t, float*) const {}
  template <int R>
  void rows(int64_t first, const float*, Row (&out)[R]) const {
    for (int r = 0; r < R; ++r) out[r] = {w.row<const bf16>(first + r), w.cols, bytes_ahead(R * w.ld * int64_t(sizeof(bf16)))};
  }
};

/// Rows of NF4 weights that begin with a block: the even elements of a block, then its odd ones.
struct Nf4Rows {
  const Tensor& w;
  struct Row {
    const uint8_t* packed;
    const float* scales;
    int64_t ahead;
    WeightBlock operator()(int64_t block) const {
      _mm_prefetch(reinterpret_cast<const char*>(packed + block * 32 + ahead), _MM_HINT_T0);
      const __m512 values = _mm512_mul_ps(_mm512_loadu_ps(kNf4Code.data()), _mm512_set1_ps(scales[block]));
      const __m512i table = _mm512_broadcast_i64x4((__m256i)_mm512_cvtneps_pbh(values));  // twice, so a byte's bit 4 does not matter
      const __m512i bytes = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(packed + block * 32)));
      return {(__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(bytes, 4), table), (__m512bh)_mm512_permutexvar_epi16(bytes, table)};
    }
  };
  static constexpr bool kEvenOdd = true;
  /// The scales of n rows, which follow each other.
  void prepare(int64_t first, int64_t n, float* scales) const {
    const int64_t blocks = w.cols / kNf4Block;
    nf4_scales(*w.nf4, first * blocks, n * blocks, scales);
  }
  template <int R>
  void rows(int64_t first, const float* scales, Row (&out)[R]) const {
    for (int r = 0; r < R; ++r)
      out[r] = {w.as<const uint8_t>() + (first + r) * w.cols / 2, scales + r * (w.cols / kNf4Block), bytes_ahead(R * w.cols / 2)};
  }
};

/// Rows of x in the order of the weights' blocks, whole blocks.
struct GemvInput {
  const bf16* data;
  int64_t ld;
};

/// x itself where it is so already, else a copy for this Purpose.
template <class Purpose>
GemvInput gemv_input(const Tensor& x, bool even_odd) {
  if (!even_odd && x.cols % 64 == 0) return {x.as<const bf16>(), x.ld};
  const int64_t ld = (x.cols + 63) / 64 * 64;
  bf16* copy = thread_scratch<Purpose, bf16>(size_t(x.rows * ld));
  alignas(64) uint16_t even[32];
  for (int i = 0; i < 32; ++i) even[i] = uint16_t(2 * i);
  const __m512i first = _mm512_load_si512(even), second = _mm512_add_epi16(first, _mm512_set1_epi16(1));
  for (int64_t m = 0; m < x.rows; ++m) {
    std::memcpy(copy + m * ld, x.row<const bf16>(m), size_t(x.cols) * sizeof(bf16));
    std::fill(copy + m * ld + x.cols, copy + (m + 1) * ld, bf16{});
    if (!even_odd) continue;
    for (bf16* p = copy + m * ld; p < copy + (m + 1) * ld; p += 64) {
      const __m512i a = _mm512_load_si512(p), b = _mm512_load_si512(p + 32);
      _mm512_store_si512(p, _mm512_permutex2var_epi16(a, first, b));
      _mm512_store_si512(p + 32, _mm512_permutex2var_epi16(a, second, b));
    }
  }
  return {copy, ld};
}

/// Chains of sums for each element of a tile: with few elements one chain is too slow for the products to overlap.
template <int R, int M>
inline constexpr int kChains = R * M <= 8 ? 2 : 1;

/// acc[..][r][m] += weight row r times x row m.
template <int R, int M, class Row>
inline void multiply_rows(const Row (&rows)[R], const GemvInput& x, int64_t blocks, __m512 (&acc)[kChains<R, M>][R][M]) {
  constexpr int last = kChains<R, M> - 1;
  for (int64_t b = 0; b < blocks; ++b) {
    WeightBlock w[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) w[r] = rows[r](b);
#pragma GCC unroll 16
    for (int m = 0; m < M; ++m) {
      const bf16* p = x.data + m * x.ld + b * 64;
      const __m512bh first = (__m512bh)_mm512_loadu_si512(p), second = (__m512bh)_mm512_loadu_si512(p + 32);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        acc[0][r][m] = _mm512_dpbf16_ps(acc[0][r][m], w[r].first, first);
        acc[last][r][m] = _mm512_dpbf16_ps(acc[last][r][m], w[r].second, second);
      }
    }
  }
}

/// Rows [first, first + R) of the result for M rows of x.
template <int R, int M, class Weights>
void gemv_tile(const LinearForward& op, const Weights& weights, const GemvInput& x, const GemvInput* s, int64_t first,
               const float* scales) {
  const int64_t blocks = (op.w.cols + 63) / 64;
  typename Weights::Row rows[R];
  weights.rows(first, scales, rows);
  __m512 chains[kChains<R, M>][R][M] = {};
  auto& acc = chains[0];
  multiply_rows<R, M>(rows, x, blocks, chains);
  if (op.alpha != 1.0f)
    for (auto& chain : chains)
      for (auto& of_row : chain)
        for (__m512& a : of_row) a *= op.alpha;
  if (s) {
    const Bf16Rows b{op.lora_b};
    Bf16Rows::Row lora[R];
    b.rows(first, nullptr, lora);
    multiply_rows<R, M>(lora, *s, (op.lora_b.cols + 63) / 64, chains);
  }
  if constexpr (kChains<R, M> == 2)
    for (int r = 0; r < R; ++r)
      for (int m = 0; m < M; ++m) acc[r][m] += chains[1][r][m];
  for (int m = 0; m < M; ++m) {
    float sums[4];
    if constexpr (R == 4)
      sum_each({(vf)acc[0][m], (vf)acc[1][m], (vf)acc[2][m], (vf)acc[3][m]}, sums);
    else
      for (int r = 0; r < R; ++r) sums[r] = sum((vf)acc[r][m]);
    for (int r = 0; r < R; ++r) {
      const int64_t n = first + r;
      const float y = sums[r] + (op.bias ? op.bias.as<const float>()[n] : 0.0f);
      if (op.y.dtype == DType::F32) {
        float& out = op.y.row<float>(m)[n];
        out = op.accumulate ? out + y : y;
      } else {
        bf16& out = op.y.row<bf16>(m)[n];
        out = to_bf16(op.accumulate ? to_float(out) + y : y);
      }
    }
  }
}

/// The weight rows that share a pass over x: as many as the accumulators of M rows of x leave room for.
template <int M>
inline constexpr int kGemvTile = M <= 4 ? 4 : 2;

/// Rows whose scales are made at once.
inline constexpr int64_t kPreparedRows = 16;

template <int M, class Weights>
void gemv_of(Context& context, const LinearForward& op, const Weights& weights) {
  if (op.x.rows != M) {
    if constexpr (M < kMostGemvRows) return gemv_of<M + 1>(context, op, weights);
    return;
  }
  struct Scales;
  struct X;
  struct S;
  constexpr int R = kGemvTile<M>;
  const int64_t n = op.w.rows, blocks = (op.w.cols + 63) / 64;
  const GemvInput x = gemv_input<X>(op.x, Weights::kEvenOdd), s = op.lora_s ? gemv_input<S>(op.lora_s, false) : x;
  // a task is worth waking a thread for, and there are a few for each
  const int64_t worth = (int64_t(1) << 15) / std::max<int64_t>(1, op.w.cols) + R;
  const int64_t rows = std::max(worth, n / (4 * context.pool->threads()) + 1) / R * R;
  context.pool->parallel_for((n + rows - 1) / rows, [&](int64_t task) {
    float* const scales = thread_scratch<Scales, float>(size_t(kPreparedRows * blocks));
    const int64_t task_end = std::min(n, (task + 1) * rows);
    for (int64_t first = task * rows; first < task_end; first += kPreparedRows) {
      const int64_t end = std::min(task_end, first + kPreparedRows);
      weights.prepare(first, end - first, scales);
      int64_t row = first;
      const auto tile = [&](auto height) {
        gemv_tile<height.value, M>(op, weights, x, op.lora_s ? &s : nullptr, row, scales + (row - first) * blocks);
        row += height.value;
      };
      while (row + R <= end) tile(std::integral_constant<int, R>());
      while (row < end) tile(std::integral_constant<int, 1>());
    }
  });
}

/// Whether gemv_bf16() can take the product.
inline bool takes_gemv_bf16(const LinearForward& op) {
  if (op.x.dtype != DType::BF16 || op.x.rows > kMostGemvRows || op.x.rows < 1) return false;
  if (op.lora_s && op.lora_b.dtype != DType::BF16) return false;
  return op.w.dtype == DType::BF16 || (op.w.dtype == DType::NF4 && op.w.cols % kNf4Block == 0);
}

inline void gemv_bf16(Context& context, const LinearForward& op) {
  if (op.w.dtype == DType::BF16)
    gemv_of<1>(context, op, Bf16Rows{op.w});
  else
    gemv_of<1>(context, op, Nf4Rows{op.w});
}

}  // namespace fettle::cpu::FETTLE_TIER
#endif
