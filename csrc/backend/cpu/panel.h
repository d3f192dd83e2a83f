#pragma once
// Operands packed for the micro-kernel: panels of `width` outer indices, one step of the reduction after the other. A step is one fp32,
// or a pair of bf16 (for vdpbf16ps); either is one 32-bit word, so the layouts are the same.
#include <algorithm>

#include "backend/cpu/row_reader.h"
#include "backend/cpu/scratch.h"
#include "backend/cpu/transpose.h"

namespace fettle::cpu::FETTLE_TIER {

/// Reduction elements in a word of T.
template <class T>
inline constexpr int kPerStep = 4 / int(sizeof(T));

/// Steps that `k` reduction elements take.
template <class T>
constexpr int64_t steps_of(int64_t k) {
  return (k + kPerStep<T> - 1) / kPerStep<T>;
}

/// A matrix of the product, indexed [outer][k]: stored so (`k_major` false), or transposed ([k][outer], true).
struct Operand {
  Tensor t;
  bool k_major = false;
  int64_t outer() const { return k_major ? t.cols : t.rows; }
  int64_t k() const { return k_major ? t.rows : t.cols; }
};

/// A piece of an operand.
struct PackRange {
  int64_t first, count;  // outer indices
  int64_t k0, k1;        // of the reduction
};

/// kLanes words of a row that has n elements left; what is missing is 0.
template <class T>
inline vf load_words(const T* src, int64_t n) {
  if (n >= kLanes * kPerStep<T>) return load(reinterpret_cast<const float*>(src));
  alignas(64) T whole[kLanes * kPerStep<T>] = {};
  if (n > 0) std::memcpy(whole, src, size_t(n) * sizeof(T));
  return load(reinterpret_cast<const float*>(whole));
}

/// kLanes words, each an element of two rows that follow each other along the reduction; n columns are left, `odd` may be missing.
inline vf load_step(const bf16* even, const bf16* odd, int64_t n) {
  const bool whole = n >= kLanes;
  const vu low = (vu)(whole ? load(even) : load_partial(even, int(n)));  // a bf16 becomes the upper half of its word
  const vu high = !odd ? vu{} : (vu)(whole ? load(odd) : load_partial(odd, int(n)));
  return (vf)(low >> 16 | high);
}
inline vf load_step(const float* row, const float*, int64_t n) { return n >= kLanes ? load(row) : load_partial(row, int(n)); }

/// Where a group of kLanes columns of a panel goes. A store wider than a panel that has no other group spills into the next steps, which
/// are written later; it must not pass the panel's end.
struct PanelColumns {
  uint32_t* dst;
  int64_t stride, steps;
  int width;  // columns of the panel from dst on

  /// The steps before this one may be stored whole.
  int64_t whole_steps() const {
    if (width >= kLanes) return steps;
    return width == stride ? std::max<int64_t>(0, steps - (kLanes + width - 1) / width + 1) : 0;
  }
  void put(int64_t step, vf v, bool whole) const {
    float* p = reinterpret_cast<float*>(dst + step * stride);
    whole ? store(p, v) : store_partial(p, v, width);
  }
};

/// kLanes rows or fewer, each n elements long, as columns of a panel; missing rows become 0.
template <class T>
inline void interleave_rows(const T* const* rows, int count, int64_t n, const PanelColumns& to) {
  const int64_t steps = steps_of<T>(n), whole = to.whole_steps();
  for (int64_t s = 0; s < steps; s += kLanes) {
    vf r[kLanes];
    const int64_t left = n - s * kPerStep<T>;
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) r[i] = i < count ? load_words(rows[i] + s * kPerStep<T>, left) : vf{};
    transpose(r);
    if (s + kLanes <= whole) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) to.put(s + i, r[i], true);
    } else {
      for (int i = 0; i < int(std::min<int64_t>(kLanes, steps - s)); ++i) to.put(s + i, r[i], s + i < whole);
    }
  }
}

/// Packs the range into panels of `width`, the next panel `panel_words` after the last; a last, narrower panel is filled up with zeros
/// when `fill`, else it is packed as narrow as it is. V is what values are rounded to, T what the panel holds.
template <class T, class V>
inline void pack_panels(const Operand& op, const PackRange& range, int width, bool fill, uint32_t* dst, int64_t panel_words) {
  struct Rows;
  const int64_t n = range.k1 - range.k0, end = range.first + range.count, steps = steps_of<T>(n);
  if (op.k_major) {
    // a step needs one or two rows of t, which serve all the panels
    T* scratch = thread_scratch<Rows, T>(size_t(4 * range.count));
    for (int64_t s = 0; s < steps; ++s) {
      const int64_t k = range.k0 + s * kPerStep<T>;
      const T* even = read_row_rounded<T, V>(op.t, k, range.first, range.count, scratch);
      const T* odd = kPerStep<T> == 2 && k + 1 < range.k1
                         ? read_row_rounded<T, V>(op.t, k + 1, range.first, range.count, scratch + 2 * range.count)
                         : nullptr;
      for (int64_t at = 0; at < range.count; at += width) {
        const int columns = fill ? width : int(std::min<int64_t>(width, range.count - at));
        uint32_t* panel = dst + at / width * panel_words;
        for (int c = 0; c < columns; c += kLanes) {
          const PanelColumns to{panel + c, columns, steps, columns - c};
          to.put(s, load_step(even + at + c, odd ? odd + at + c : nullptr, std::max<int64_t>(0, range.count - at - c)),
                 s < to.whole_steps());
        }
      }
    }
    return;
  }
  T* scratch = thread_scratch<Rows, T>(size_t(kLanes * 2 * n));
  for (int64_t at = range.first; at < end; at += width, dst += panel_words) {
    const int columns = fill ? width : int(std::min<int64_t>(width, end - at));
    for (int c = 0; c < columns; c += kLanes) {
      const int count = int(std::clamp<int64_t>(end - at - c, 0, std::min(kLanes, columns - c)));
      const T* rows[kLanes];
      for (int i = 0; i < count; ++i) rows[i] = read_row_rounded<T, V>(op.t, at + c + i, range.k0, n, scratch + i * 2 * n);
      interleave_rows(rows, count, n, {dst + c, columns, steps, columns - c});
    }
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
