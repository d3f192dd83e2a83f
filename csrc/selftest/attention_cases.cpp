#include <cmath>
#include <numeric>

#include "backend/cpu/cpu.h"
#include "core/thread_pool.h"
#include "selftest/cases.h"

namespace fettle::selftest {
namespace {

struct Shape {
  std::vector<int32_t> lengths;
  int32_t heads, kv_heads, head_dim, window = 0;
  float soft_cap = 0;
};

void attention_case(Judge& judge, RandomTensors& t, const Shape& s, DType dtype, const std::string& label) {
  std::vector<int32_t> cu{0};
  for (int32_t n : s.lengths) cu.push_back(cu.back() + n);
  const int64_t tokens = cu.back(), q_width = int64_t(s.heads) * s.head_dim, kv_width = int64_t(s.kv_heads) * s.head_dim;
  const float scale = 1.5f / std::sqrt(float(s.head_dim));
  const Limits limits{.f32 = 2e-5, .bf16 = 4e-2};
  AttentionForward forward{.q = t.matrix(dtype, tokens, q_width),
                           .k = t.matrix(dtype, tokens, kv_width),
                           .v = t.matrix(dtype, tokens, kv_width),
                           .o = t.matrix(dtype, tokens, q_width),
                           .lse = t.matrix(DType::F32, tokens, s.heads),
                           .cu_q = t.ints(cu),
                           .k_start = t.ints({cu.begin(), cu.end() - 1}),
                           .k_len = t.ints(s.lengths),
                           .heads = s.heads,
                           .kv_heads = s.kv_heads,
                           .head_dim = s.head_dim,
                           .window = s.window,
                           .scale = scale,
                           .soft_cap = s.soft_cap};
  judge.compare(label, forward, limits);
  // the backward pass of both reads the oracle's output
  Context oracle{&cpu::tier("scalar"), &ThreadPool::instance()};
  run(oracle, forward);
  judge.compare(label,
                AttentionBackward{.q = forward.q,
                                  .k = forward.k,
                                  .v = forward.v,
                                  .o = forward.o,
                                  .dout = t.matrix(dtype, tokens, q_width),
                                  .lse = forward.lse,
                                  .dq = t.matrix(dtype, tokens, q_width),
                                  .dk = t.matrix(dtype, tokens, kv_width),
                                  .dv = t.matrix(dtype, tokens, kv_width),
                                  .cu = forward.cu_q,
                                  .heads = s.heads,
                                  .kv_heads = s.kv_heads,
                                  .head_dim = s.head_dim,
                                  .window = s.window,
                                  .scale = scale,
                                  .soft_cap = s.soft_cap},
                limits);
}

}  // namespace

void attention_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  const Shape shapes[] = {
      {.lengths = {5, 40, 1, 65}, .heads = 4, .kv_heads = 2, .head_dim = 16},
      {.lengths = {70}, .heads = 6, .kv_heads = 2, .head_dim = 64},
      {.lengths = {1, 66}, .heads = 3, .kv_heads = 1, .head_dim = 96, .window = 33},
      {.lengths = {65}, .heads = 2, .kv_heads = 1, .head_dim = 128},
      {.lengths = {50, 3}, .heads = 3, .kv_heads = 1, .head_dim = 20, .window = 17},
      {.lengths = {70}, .heads = 2, .kv_heads = 1, .head_dim = 80, .window = 40, .soft_cap = 2},
      {.lengths = {40}, .heads = 2, .kv_heads = 2, .head_dim = 256, .soft_cap = 5},
  };
  for (DType dtype : kActivations)
    for (const Shape& s : shapes) {
      const int64_t tokens = std::accumulate(s.lengths.begin(), s.lengths.end(), int64_t(0));
      const std::string label = shape_label(dtype, {tokens, s.heads, s.head_dim}, rows_name) + (s.window ? ", window" : "") +
                                (s.soft_cap > 0 ? ", soft cap" : "");
      attention_case(judge, t, s, dtype, label);
    }
}

}  // namespace fettle::selftest
