#pragma once
#include <array>

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

/// Brings batches to where the ops run: views of the batch itself on the host, one upload into a kept block on a device. There the places
/// of all but the targets depend on the numbers of tokens and sequences alone, so that captured passes find them again.
class TokenStaging {
 public:
  explicit TokenStaging(Memory& memory) : memory_(memory) {}
  /// Takes the memory of batches of up to `tokens` tokens at once.
  void reserve(int64_t tokens);
  /// Valid until the next call, and as long as `batch` lives. `seed_step` keys dropout.
  TokenInputs place(const Batch& batch, std::array<uint32_t, 2> seed_step = {});

 private:
  void make_room(int64_t words);
  Memory& memory_;
  Buffer block_;
  std::vector<int32_t> staged_;
  std::array<uint32_t, 2> seed_step_{};
};

}  // namespace fettle
