#pragma once
#include <vector>

#include "core/buffer.h"
#include "core/tensor.h"
#include "model/config.h"

namespace fettle {

/// cos and sin of every position of every rotary table, fp32 [P, rotary_dim / 2]; grows with the longest sequence seen.
class RopeCache {
 public:
  RopeCache(const DecoderConfig& config, Memory& memory) : config_(config), memory_(memory), tables_(config.rope_tables.size()) {}
  /// True when the tables moved.
  bool ensure(int64_t positions);
  Tensor cos(int32_t layer) const { return tables_[config_.rope_of_layer[layer]].cos; }
  Tensor sin(int32_t layer) const { return tables_[config_.rope_of_layer[layer]].sin; }

 private:
  struct Table {
    Tensor cos, sin;
    Buffer memory;
  };
  const DecoderConfig& config_;
  Memory& memory_;
  std::vector<Table> tables_;
  int64_t positions_ = 0;
};

}  // namespace fettle
