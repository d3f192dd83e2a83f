#pragma once
#include "ops/op.h"

namespace fettle {

/// y[t] = scale * table[ids[t]].  ids I32 [T]; table F32/BF16 [V, H]; y [T, H].
struct EmbeddingForward {
  static constexpr const char* name = "embedding_forward";
  Tensor ids, table, y;
  float scale = 1.0f;
  OpCost cost() const { return moves(y, y, ids); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("ids", s.ids), f("table", s.table), f("y", s.y), f("scale", s.scale);
  }
};

/// dtable[ids[t]] += scale * dy[t], in order of t.  dtable F32 [V, H].
struct EmbeddingBackward {
  static constexpr const char* name = "embedding_backward";
  Tensor ids, dy, dtable;
  float scale = 1.0f;
  OpCost cost() const { return moves(dy, dy, dy, ids); }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("ids", s.ids), f("dy", s.dy), f("dtable", s.dtable), f("scale", s.scale);
  }
};

}  // namespace fettle
