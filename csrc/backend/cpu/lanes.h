#pragma once
// Loops over rows and spans: how an elementwise op walks a matrix in registers, and how it is cut into tasks.
#include <algorithm>

#include "backend/cpu/simd.h"
#include "backend/cpu/tier.h"
#include "core/thread_pool.h"

namespace fettle::cpu::FETTLE_TIER {

/// A whole register's width, as opposed to an int, which is a tail's.
struct Whole {};

template <class T>
inline vf load(const T* p, Whole) {
  return load(p);
}
template <class T>
inline vf load(const T* p, int n) {
  return load_partial(p, n);
}
template <class T>
inline void store(T* p, vf v, Whole) {
  store(p, v);
}
template <class T>
inline void store(T* p, vf v, int n) {
  store_partial(p, v, n);
}
template <class T>
inline void store_ieee(T* p, vf v, Whole) {
  store_ieee(p, v);
}
template <class T>
inline void store_ieee(T* p, vf v, int n) {
  T tmp[kLanes];
  store_ieee(tmp, v);
  std::memcpy(p, tmp, size_t(n) * sizeof(T));
}
/// v with its lanes from n on replaced by `other`.
inline vf keep(vf v, Whole, float) { return v; }
inline vf keep(vf v, int n, float other) {
  for (int i = n; i < kLanes; ++i) v[i] = other;
  return v;
}

/// Calls f(i, width) for each register of n elements; width is Whole, or the int count of the tail.
template <class F>
inline void each_register(int64_t n, F&& f) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(i, Whole{});
  if (i < n) f(i, int(n - i));
}

/// About how many elements a task of a memory-bound op handles. A constant: the split never depends on the number of threads.
inline constexpr int64_t kTaskElements = 16384;

/// Calls f(row) for every row, several rows a task.
template <class F>
inline void parallel_rows(Context& context, int64_t rows, int64_t cols, F&& f) {
  const int64_t grain = std::max<int64_t>(1, kTaskElements / std::max<int64_t>(1, cols));
  context.pool->parallel_for((rows + grain - 1) / grain, [&](int64_t task) {
    const int64_t end = std::min(rows, (task + 1) * grain);
    for (int64_t r = task * grain; r < end; ++r) f(r);
  });
}

/// Calls f(row, first, n) so that the spans cover every row; long rows are cut, at multiples of kTaskElements.
template <class F>
inline void parallel_spans(Context& context, int64_t rows, int64_t cols, F&& f) {
  if (cols <= kTaskElements) return parallel_rows(context, rows, cols, [&](int64_t r) { f(r, 0, cols); });
  const int64_t spans = (cols + kTaskElements - 1) / kTaskElements;
  context.pool->parallel_for(rows * spans, [&](int64_t task) {
    const int64_t first = task % spans * kTaskElements;
    f(task / spans, first, std::min(kTaskElements, cols - first));
  });
}

}  // namespace fettle::cpu::FETTLE_TIER
