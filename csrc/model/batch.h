#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"

namespace fettle {

/// A micro-batch: sequences end to end, no padding, with what is derived from it on the host.
struct Batch {
  std::vector<int32_t> ids, cu, labels;
  std::vector<uint32_t> row_ids;

  std::vector<int32_t> positions, k_start, k_len;  // [T], [S], [S]
  std::vector<uint32_t> token_rows;                // row_ids of each token, [T]
  std::vector<int32_t> target_rows, targets;       // supervised positions and the ids they predict, [C]

  int64_t tokens() const { return int64_t(ids.size()); }
  int64_t sequences() const { return int64_t(cu.size()) - 1; }
  /// Checks the input and fills the derived members; throws FETTLE_INVALID_ARGUMENT.
  void prepare(int64_t vocab_size, int64_t max_positions);
};

/// Per sequence: sum of -log p over its supervised tokens, and their number.
struct BatchLoss {
  std::vector<double> loss_sum;
  std::vector<int32_t> supervised;
};

}  // namespace fettle
