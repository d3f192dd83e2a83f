#include <cmath>

#include "selftest/cases.h"

namespace fettle::selftest {
namespace {

/// Sequences of these queries and keys, whose blocks lie in reverse order in a pool.
void paged_attention_case(Judge& judge, RandomTensors& t, DType dtype, const std::vector<int32_t>& queries,
                          const std::vector<int32_t>& keys, const std::string& label) {
  constexpr int32_t kSize = 16, kHeads = 6, kKvHeads = 2, kDim = 64;
  std::vector<int32_t> cu{0}, table;
  int32_t width = 0, pool = 0;
  for (int32_t n : queries) cu.push_back(cu.back() + n);
  for (int32_t n : keys) {
    width = std::max(width, (n + kSize - 1) / kSize);
    pool += (n + kSize - 1) / kSize;
  }
  int32_t next = pool;
  for (int32_t n : keys)
    for (int32_t j = 0; j < width; ++j) table.push_back(j < (n + kSize - 1) / kSize ? --next : 0);
  Tensor block_table = t.ints(table);
  block_table.rows = int64_t(keys.size());
  block_table.cols = block_table.ld = width;
  judge.compare(label,
                AttentionForward{.q = t.matrix(dtype, cu.back(), kHeads * kDim),
                                 .k = t.matrix(dtype, pool * kSize, kKvHeads * kDim),
                                 .v = t.matrix(dtype, pool * kSize, kKvHeads * kDim),
                                 .o = t.matrix(dtype, cu.back(), kHeads * kDim),
                                 .lse = t.matrix(DType::F32, cu.back(), kHeads),
                                 .cu_q = t.ints(cu),
                                 .k_start = {},
                                 .k_len = t.ints(keys),
                                 .block_table = block_table,
                                 .heads = kHeads,
                                 .kv_heads = kKvHeads,
                                 .head_dim = kDim,
                                 .block_size = kSize,
                                 .scale = 1.5f / std::sqrt(float(kDim))},
                {.f32 = 2e-5, .bf16 = 4e-2});
}

void lora_case(Judge& judge, RandomTensors& t, DType dtype, int64_t rows, int64_t k, int64_t rank, const std::string& label) {
  constexpr int64_t kAdapters = 3;
  std::vector<int32_t> index;
  for (int64_t i = 0; i < rows; ++i) index.push_back(int32_t(t.below(kAdapters + 1)) - 1);
  const Tensor of_row = t.ints(index);
  judge.compare(label, LoraShrink{.x = t.matrix(dtype, rows, k),
                                  .a = t.matrix(dtype, kAdapters * rank, k),
                                  .index = of_row,
                                  .scales = t.vector(kAdapters),
                                  .s = t.matrix(dtype, rows, rank)});
  judge.compare(
      label,
      LoraExpand{
          .s = t.matrix(dtype, rows, rank), .b = t.matrix(dtype, kAdapters * rank, k), .index = of_row, .y = t.matrix(dtype, rows, k)});
}

void sample_case(Judge& judge, RandomTensors& t, int64_t rows, int64_t vocab, const std::string& label) {
  std::vector<int32_t> top_k, position;
  std::vector<uint32_t> words;
  for (int64_t i = 0; i < rows; ++i) {
    top_k.push_back(int32_t(i % 3 * t.below(vocab)));
    position.push_back(int32_t(i));
    words.insert(words.end(), {uint32_t(t.below(1000)), uint32_t(i)});
  }
  Tensor seed = t.words(words);
  seed.rows = rows;
  seed.cols = seed.ld = 2;
  judge.compare(label, Sample{.logits = t.matrix(DType::F32, rows, vocab),
                              .temperature = t.vector(rows, 0, 1),
                              .top_k = t.ints(top_k),
                              .top_p = t.vector(rows, 0, 1.5f),
                              .seed = seed,
                              .position = t.ints(position),
                              .id = t.zeros(DType::I32, rows)});
}

}  // namespace

void generation_cases(Judge& judge, RandomTensors& t, const std::string& rows_name) {
  for (DType dtype : kActivations) {
    paged_attention_case(judge, t, dtype, {1, 1, 1}, {300, 17, 1}, shape_label(dtype, {3, 300}, rows_name) + ", decoding in blocks");
    paged_attention_case(judge, t, dtype, {1, 40, 3}, {30, 70, 3}, shape_label(dtype, {44, 70}, rows_name) + ", prompts in blocks");
    for (const auto& [rows, k, rank] : {std::tuple<int64_t, int64_t, int64_t>{1, 33, 4}, {17, 576, 16}, {5, 264, 7}})
      lora_case(judge, t, dtype, rows, k, rank, shape_label(dtype, {rows, k, rank}, rows_name));
  }
  for (const auto& [rows, vocab] : {std::pair<int64_t, int64_t>{1, 7}, {9, 1030}, {3, 5000}})
    sample_case(judge, t, rows, vocab, shape_label(DType::F32, {rows, vocab}, rows_name));
}

}  // namespace fettle::selftest
