#pragma once
#include "ops/op.h"

namespace fettle {

/// Causal grouped-query attention over S sequences laid end to end; none sees another.
/// q, o [Tq, heads*D]; k, v [Tk, kv_heads*D]. Sequence s has queries cu_q[s]..cu_q[s+1] and keys k_start[s] .. + k_len[s]; the last query
/// sits at the last key (so a cache may hold more keys than there are queries). Query at key index p sees keys p-window+1 .. p (window 0:
/// all). Scores are scale * q k^T, then soft_cap * tanh(score / soft_cap) if soft_cap > 0. lse F32 [Tq, heads] = log-sum-exp of a row's
/// scores. cu_q I32 [S+1]; k_start, k_len I32 [S].
/// Paged: with block_table I32 [S, B], key j of sequence s is row block_table[s][j / block_size] * block_size + j % block_size of k and v
/// (Kwon et al. 2023, "Efficient memory management for LLM serving with PagedAttention"); k_start is absent, block_size a power of two.
struct AttentionForward {
  static constexpr const char* name = "attention_forward";
  Tensor q, k, v, o, lse, cu_q, k_start, k_len, block_table;
  int32_t heads = 1, kv_heads = 1, head_dim = 0, window = 0, block_size = 0;
  float scale = 1.0f, soft_cap = 0.0f;
  OpCost cost(Memory& memory) const {
    const Tensor keys = block_table ? k.slice(0, sum_of(memory, k_len)) : k;
    return multiplies(4.0 * attended_pairs(memory, cu_q, k_len, window) * heads * head_dim, {q.rows, q.cols, head_dim}, q, keys, keys, o,
                      lse);
  }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("q", s.q), f("k", s.k), f("v", s.v), f("o", s.o), f("lse", s.lse), f("cu_q", s.cu_q), f("k_start", s.k_start), f("k_len", s.k_len),
        f("block_table", s.block_table), f("heads", s.heads), f("kv_heads", s.kv_heads), f("head_dim", s.head_dim), f("window", s.window),
        f("block_size", s.block_size), f("scale", s.scale), f("soft_cap", s.soft_cap);
  }
};

/// Gradients of AttentionForward for training batches (k_start = cu, k_len = q lengths; cu I32 [S+1]). dq, dk, dv are overwritten and may
/// not alias q, k, v. Deterministic: no sum crosses tasks.
struct AttentionBackward {
  static constexpr const char* name = "attention_backward";
  Tensor q, k, v, o, dout, lse, dq, dk, dv, cu;
  int32_t heads = 1, kv_heads = 1, head_dim = 0, window = 0;
  float scale = 1.0f, soft_cap = 0.0f;
  OpCost cost(Memory& memory) const {
    return multiplies(10.0 * attended_pairs(memory, cu, {}, window) * heads * head_dim, {q.rows, q.cols, head_dim}, q, k, v, o, dout, lse,
                      dq, dk, dv);
  }
  template <class S, class F>
  static void fields(S& s, F&& f) {
    f("q", s.q), f("k", s.k), f("v", s.v), f("o", s.o), f("dout", s.dout), f("lse", s.lse), f("dq", s.dq), f("dk", s.dk), f("dv", s.dv),
        f("cu", s.cu), f("heads", s.heads), f("kv_heads", s.kv_heads), f("head_dim", s.head_dim), f("window", s.window),
        f("scale", s.scale), f("soft_cap", s.soft_cap);
  }
};

}  // namespace fettle
