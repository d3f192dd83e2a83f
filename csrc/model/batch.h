#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"

namespace fettle {

/// Arguments of Sample (csrc/ops/sample.h), [C] each; seed [C, 2].
struct Draws {
  std::vector<float> temperature, top_p;
  std::vector<int32_t> top_k, position;
  std::vector<uint32_t> seed;
};

/// A micro-batch: sequences end to end, no padding, with what is derived from it on the host.
struct Batch {
  std::vector<int32_t> ids, cu, labels;
  std::vector<uint32_t> row_ids;

  std::vector<int32_t> positions, k_start, k_len;  // [T], [S], [S]
  std::vector<uint32_t> token_rows;                // row_ids of each token, [T]
  std::vector<int32_t> target_rows, targets;       // supervised positions and the ids they predict, [C]
  std::vector<int32_t> supervised;                 // targets of each sequence, [S]; what pad() adds has none and is not counted

  // generation only (Generation::plan fills it in): where in the pool each token's key and value go, each sequence's blocks, each token's
  // adapter (empty: none has one), and how the ids after target_rows are drawn
  std::vector<int32_t> slots, block_table, adapters;  // [T], [S * table_width], [T]
  int64_t table_width = 0;
  Draws draws;

  int64_t tokens() const { return int64_t(ids.size()); }
  int64_t sequences() const { return int64_t(cu.size()) - 1; }
  /// Checks the input and fills the derived members; throws FETTLE_INVALID_ARGUMENT.
  void prepare(int64_t vocab_size, int64_t max_positions);
  /// Throws FETTLE_INVALID_ARGUMENT for an id outside the vocabulary.
  void check_ids(int64_t vocab_size) const;
  /// Appends a sequence that nothing is learned from, so that there are `tokens` tokens, and then empty ones, so that there are `sequences`
  /// sequences, which must be more than there are.
  void pad(int64_t tokens, int64_t sequences);
};

/// Per sequence: sum of -log p over its supervised tokens, and their number.
struct BatchLoss {
  std::vector<double> loss_sum;
  std::vector<int32_t> supervised;
};

/// The losses of sequences with so many supervised tokens each; `losses` has one a token, in their order.
BatchLoss sum_losses(const std::vector<int32_t>& supervised, const float* losses);

}  // namespace fettle
