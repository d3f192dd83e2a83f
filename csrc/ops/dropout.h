#pragma once
#include "ops/op.h"

namespace fettle {

/// y (+)= x * keep / keep_rate. keep of (row, col) is byte < threshold, threshold = round(256 * (1 - p)), keep_rate = threshold / 256 (so
/// that the expectation is exact); the byte is number col % 16 of Philox4x32-7 with key[0 .. 1] = (seed, step) and counter
/// (site, row_ids[t], positions[t], col / 16), little-endian words. Logical coordinates only: any batching, tiling or device regenerates
/// it. x, y [T, K] (y may be x); key U32 [2]; row_ids U32 [T]; positions I32 [T]; site names the linear.
struct Dropout {
  static constexpr const char* name = "dropout";
  Tensor x, y, key, row_ids, positions;
  float p = 0.0f;
  uint32_t site = 0;
  int32_t accumulate = 0;
  OpCost cost() const { return moves(x, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("y", s.y), f("key", s.key), f("row_ids", s.row_ids), f("positions", s.positions), f("p", s.p), f("site", s.site),
        f("accumulate", s.accumulate);
  }
};

}  // namespace fettle
