#pragma once
#include "ops/op.h"

namespace fettle {

/// Draws a token id from each row of logits; core/sampling.h has the arithmetic, which gives the same ids on every device.
/// Of a row's tokens, those are kept that are among its top_k largest logits (0: all) and, of these, in the smallest set of largest ones
/// that has the share top_p of their probability (1: all); ties go to the smaller id. One of them is drawn with probability proportional
/// to exp(logit / temperature): the first, in order of ids, at which the running sum of weights exceeds a random number, Philox keyed by
/// the row's seed and counted by its position, so what else runs has no part in it. Temperature 0: the largest logit. NaN is the least.
/// logits F32 [S, V]; temperature, top_p F32 [S]; top_k, position I32 [S]; seed U32 [S, 2] (low word first); id I32 [S].
struct Sample {
  static constexpr const char* name = "sample";
  Tensor logits, temperature, top_k, top_p, seed, position, id;
  OpCost cost() const { return moves(logits); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("logits", s.logits), f("temperature", s.temperature), f("top_k", s.top_k), f("top_p", s.top_p), f("seed", s.seed),
        f("position", s.position), f("id", s.id);
  }
};

}  // namespace fettle
