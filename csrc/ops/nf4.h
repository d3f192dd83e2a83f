#pragma once
#include "ops/op.h"

namespace fettle {

/// bitsandbytes' quantize_4bit(nf4, blocksize 64): absmax of each block of 64 consecutive elements of the flattened x, nibble of
/// x * (1 / max(absmax, 1e-38)).  x F32/BF16 [N, K] contiguous; packed U8 [ceil(n/2)]; absmax F32 [ceil(n/64)]. Odd n: the last nibble
/// is 7.
struct Nf4Quantize {
  static constexpr const char* name = "nf4_quantize";
  Tensor x, packed, absmax;
  OpCost cost() const { return moves(x, packed, absmax); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("x", s.x), f("packed", s.packed), f("absmax", s.absmax);
  }
};

/// Double quantization of the scales: codes U8 [b] = nearest of the signed dynamic map for (absmax - offset) / absmax2, per 256 blocks;
/// absmax2 F32 [ceil(b/256)]; offset F32 [1] is read when keep_offset is 1, else written with the mean (fp64 sum).
struct Nf4QuantizeScales {
  static constexpr const char* name = "nf4_quantize_scales";
  Tensor absmax, codes, absmax2, offset;
  int32_t keep_offset = 0;
  OpCost cost() const { return moves(absmax, codes, absmax2); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("absmax", s.absmax), f("codes", s.codes), f("absmax2", s.absmax2), f("offset", s.offset), f("keep_offset", s.keep_offset);
  }
};

/// y = decoded w: one fp32 multiply, one rounding to y's type.  w NF4 [N, K]; y F32/BF16 [N, K].
struct Nf4Dequantize {
  static constexpr const char* name = "nf4_dequantize";
  Tensor w, y;
  OpCost cost() const { return moves(w, y); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("w", s.w), f("y", s.y);
  }
};

}  // namespace fettle
