#pragma once
#include "core/buffer.h"
#include "model/batch.h"
#include "model/linear_layer.h"
#include "ops/sample.h"

namespace fettle {

/// A batch's numbers as op arguments.
struct TokenInputs {
  Tensor ids, positions, cu_q, k_start, k_len;  // [T], [T], [S + 1], [S], [S]
  Tensor target_rows, targets;                  // [C], [C]
  Tensor slots, block_table;                    // [T], [S, blocks]; generation only, as what follows
  RowAdapters adapters;                         // its scales are the model's
  Sample draw;                                  // without logits and id
  int64_t last_position = 0;
  DropoutKey dropout;
};

/// Brings batches to where the ops run: views of the batch itself on the host, one upload into a kept block on a device.
class TokenStaging {
 public:
  explicit TokenStaging(Memory& memory) : memory_(memory) {}
  /// Valid until the next call, and as long as `batch` lives.
  TokenInputs place(const Batch& batch);

 private:
  Memory& memory_;
  Buffer block_;
  std::vector<int32_t> staged_;
};

}  // namespace fettle
