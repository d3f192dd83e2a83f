#pragma once
#include "core/buffer.h"
#include "model/batch.h"
#include "model/linear_layer.h"

namespace fettle {

/// A batch's numbers as op arguments.
struct TokenInputs {
  Tensor ids, positions, cu_q, k_start, k_len;  // [T], [T], [S + 1], [S], [S]
  Tensor target_rows, targets;                  // [C], [C]
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
