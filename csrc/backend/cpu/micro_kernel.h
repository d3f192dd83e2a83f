#pragma once
// The register tile: MR rows by NV vectors of fp32 accumulators. A result is rounded to its stored type exactly once, and the LoRA
// product lands in the same accumulators.
#include <algorithm>
#include <initializer_list>

#include "backend/cpu/simd.h"
#include "core/tensor.h"

namespace fettle::cpu::FETTLE_TIER {

#if FETTLE_VF_LANES == 16
inline constexpr int kRows = 14;  // 28 accumulators, 2 of B, 1 broadcast of 32 registers
#elif defined(__aarch64__)
inline constexpr int kRows = 12;  // 24 + 2 + 1 of 32
#else
inline constexpr int kRows = 6;  // 12 + 2 + 1 of 16
#endif
inline constexpr int kPanelVectors = 2;
inline constexpr int kPanelColumns = kPanelVectors * kLanes;

/// An operand that is read word by word: word (i, step) is data[i * row + step * col].
struct RowOperand {
  const uint32_t* data = nullptr;
  int64_t row = 0, col = 0;
};

/// Memory that is needed soon. Each step asks for a cache line and moves on by `step` bytes; each kAheadSteps steps by `chunk` bytes more.
struct Ahead {
  const char* data = nullptr;
  int64_t step = 0, chunk = 0;
};
/// The words of a cache line.
inline constexpr int64_t kAheadSteps = 16;

/// One product: rows of a, as they lie or packed, and a packed panel b [steps][panel columns].
struct Segment {
  RowOperand a;
  const uint32_t* b = nullptr;
  int64_t steps = 0;
  Ahead ahead;
};

/// fp32 accumulators between two blocks of the reduction: row i of the tile at data + i * ld, whole registers.
struct Partial {
  float* data = nullptr;
  int64_t ld = 0;
  bool read = false, write = false;
};

/// Where the tile goes and what is added to it.
struct TileOutput {
  Tensor c;  // F32 or BF16; element (row, col) of the tile is c.row(row)[col]
  int64_t row = 0, col = 0;
  int columns = 0;  // valid columns of the tile
  float alpha = 1.0f;
  const float* bias = nullptr;  // of this column block
  bool accumulate = false;
  Partial partial;
};

inline vf multiply_add(vf a, vf b, vf c, float*) { return a * b + c; }
inline vf word_splat(const uint32_t* p, float*) {
  float f;
  std::memcpy(&f, p, 4);
  return splat(f);
}
#if defined(__AVX512BF16__)
inline vf multiply_add(vf a, vf b, vf c, bf16*) { return (vf)_mm512_dpbf16_ps((__m512)c, (__m512bh)a, (__m512bh)b); }
inline vf word_splat(const uint32_t* p, bf16*) { return (vf)_mm512_set1_epi32(int32_t(*p)); }
#endif

// Both are parts of micro_kernel: called, they would pass its accumulators through memory.
template <class T, int MR, int NV>
[[gnu::always_inline]] inline void accumulate_segment(const Segment& s, vf (&acc)[MR][NV]) {
  // seven rows are within reach of one pointer and three strides, so that all of them stay in registers
  constexpr int kReach = 7;
  const int64_t row = s.a.row, row3 = 3 * row, row5 = 5 * row;
  const uint32_t* near = s.a.data;
  [[maybe_unused]] const uint32_t* far = s.a.data + kReach * row;
  const uint32_t* b = s.b;
  const char* ahead = s.ahead.data;
  for (int64_t chunk = 0; chunk < s.steps; chunk += kAheadSteps, ahead += s.ahead.chunk) {
    const int64_t steps = std::min(kAheadSteps, s.steps - chunk);
    for (int64_t step = 0; step < steps; ++step, near += s.a.col, b += kPanelColumns, ahead += s.ahead.step) {
      asm("" : "+r"(near));  // else the compiler makes a pointer for each row, and has no registers for them
      if constexpr (MR > kReach) asm("" : "+r"(far));
      __builtin_prefetch(ahead, 0, 2);
      vf column[NV];
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j) column[j] = load(reinterpret_cast<const float*>(b) + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < MR; ++i) {
        const int64_t at[kReach] = {0, row, 2 * row, row3, 4 * row, row5, 2 * row3};
        const vf word = word_splat((i < kReach ? near : far) + at[i % kReach], static_cast<T*>(nullptr));
#pragma GCC unroll 2
        for (int j = 0; j < NV; ++j) acc[i][j] = multiply_add(word, column[j], acc[i][j], static_cast<T*>(nullptr));
      }
      if constexpr (MR > kReach) far += s.a.col;
    }
  }
}

template <class C, int MR, int NV>
[[gnu::always_inline]] inline void store_tile(const TileOutput& out, const vf (&acc)[MR][NV]) {
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    C* row = out.c.row<C>(out.row + i) + out.col;
#pragma GCC unroll 2
    for (int j = 0; j < NV; ++j) {
      const int n = out.columns - j * kLanes;
      if (n <= 0) break;
      vf v = acc[i][j];
      if (n >= kLanes) {
        if (out.bias) v += load(out.bias + j * kLanes);
        if (out.accumulate) v += load(row + j * kLanes);
        store(row + j * kLanes, v);
      } else {
        if (out.bias) v += load_partial(out.bias + j * kLanes, n);
        if (out.accumulate) v += load_partial(row + j * kLanes, n);
        store_partial(row + j * kLanes, v, n);
      }
    }
  }
}

/// Asks for the lines of C that a tile will be stored to.
template <int MR>
inline void prefetch_tile(const TileOutput& out) {
  const int64_t size = int64_t(element_size(out.c.dtype)), bytes = out.columns * size;
  const char* row = out.c.as<const char>() + (out.row * out.c.ld + out.col) * size;
  for (int i = 0; i < MR; ++i, row += out.c.ld * size)
    for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at, 1, 3);
}

/// c (+)= alpha * main + extra + bias for one tile; or, between blocks of the reduction, the accumulators alone.
template <class T, int MR, int NV>
inline void micro_kernel(const Segment& main, const Segment& extra, const TileOutput& out) {
  const Partial& partial = out.partial;
  if (!partial.write) prefetch_tile<MR>(out);
  vf acc[MR][NV] = {};
  if (partial.read) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j) acc[i][j] = load(partial.data + i * partial.ld + j * kLanes);
  }
  accumulate_segment<T>(main, acc);
  if (partial.write) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j) store(partial.data + i * partial.ld + j * kLanes, acc[i][j]);
    return;
  }
  if (out.alpha != 1.0f) {
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < NV; ++j) acc[i][j] *= out.alpha;
  }
  if (extra.steps > 0) accumulate_segment<T>(extra, acc);
  if (out.c.dtype == DType::F32)
    store_tile<float>(out, acc);
  else
    store_tile<bf16>(out, acc);
}

/// The heights that M is cut into: whole tiles, then 8, 4, 2, 1.
inline int tile_rows(int64_t left) {
  if (left >= kRows) return kRows;
  for (int h : {8, 4, 2})
    if (h < kRows && left >= h) return h;
  return 1;
}

template <class T, int NV>
inline void run_tile(int rows, const Segment& main, const Segment& extra, const TileOutput& out) {
  if (rows == kRows) return micro_kernel<T, kRows, NV>(main, extra, out);
  if constexpr (kRows > 8)
    if (rows == 8) return micro_kernel<T, 8, NV>(main, extra, out);
  if (rows == 4) return micro_kernel<T, 4, NV>(main, extra, out);
  if (rows == 2) return micro_kernel<T, 2, NV>(main, extra, out);
  return micro_kernel<T, 1, NV>(main, extra, out);
}

}  // namespace fettle::cpu::FETTLE_TIER
