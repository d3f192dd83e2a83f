#pragma once
// Puts rows of activations into the word layouts that tile_gemm reads.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "backend/cpu/tile_gemm.h"

namespace fettle::cpu::FETTLE_TIER {

/// Rows and columns of a tile.
inline constexpr int kTile = 64;

inline int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// Uninitialised memory of the calling thread, cache-line aligned; kept from call to call.
class TileScratch {
 public:
  explicit TileScratch(size_t floats) {
    thread_local std::unique_ptr<float[]> memory;
    thread_local size_t size = 0;
    if (size < floats + 16) {
      memory = std::make_unique_for_overwrite<float[]>(floats + 16);
      size = floats + 16;
    }
    next_ = reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(memory.get()) + 63) & ~uintptr_t(63));
  }
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
    float whole[kLanes] = {};
    if (n >= 2 * kLanes) return load(reinterpret_cast<const float*>(src));
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

/// Transposes kLanes registers: interleaving row i with row i + kLanes/2, log2(kLanes) times over.
inline void transpose(vf (&r)[kLanes]) {
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
}

/// n <= kTile rows as a B that is reduced along d: [words of d][kTile]; columns from n to a whole vector are 0.
template <class V, class Rows>
inline void pack_rows_transposed(int n, int d, Rows&& row, float* dst) {
  const int depth = words<V>(d);
  for (int j = 0; j < n; j += kLanes) {
    for (int w = 0; w < depth; w += kLanes) {
      vf r[kLanes];
      for (int i = 0; i < kLanes; ++i) r[i] = j + i < n ? load_words<V>(row(j + i) + w * kPerWord<V>, d - w * kPerWord<V>) : vf{};
      transpose(r);
      for (int i = 0; i < std::min(kLanes, depth - w); ++i) store(dst + (w + i) * kTile + j, r[i]);
    }
  }
}

/// How a computed [rows, kTile] tile is laid out as an A: reduced along its columns, or along its rows.
enum class Reduce { Columns, Rows };

/// Stores values (r, j..) of a computed tile; with Reduce::Rows, rows must come in order.
template <class V, Reduce R>
inline void store_tile_values(float* tile, int r, int j, vf v) {
  if constexpr (kPerWord<V> == 1) {
    store(tile + r * kTile + j, v);
  } else if constexpr (R == Reduce::Columns) {
    store(reinterpret_cast<bf16*>(tile + r * (kTile / 2)) + j, v);
  } else {
    bf16 h[kLanes];
    store(h, v);
    const vu upper = (vu)load(h);
    float* word = tile + r / 2 * kTile + j;
    store(word, (vf)(r % 2 ? upper | (vu)load(word) : upper >> 16));
  }
}

template <class V, Reduce R>
inline TileOperand tile_operand(const float* tile) {
  if constexpr (R == Reduce::Rows) return {tile, 1, kTile};
  return {tile, kTile / kPerWord<V>, 1};
}

/// dst[0, d) = factor * src[0, d), rounded to T.
template <class T>
inline void unpack_row(const float* src, float factor, int d, T* dst) {
  int i = 0;
  for (; i + kLanes <= d; i += kLanes) store(dst + i, load(src + i) * factor);
  if (i < d) store_partial(dst + i, load(src + i) * factor, d - i);
}

}  // namespace fettle::cpu::FETTLE_TIER
