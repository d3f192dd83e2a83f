#pragma once
#include <vector>

#include "core/buffer.h"
#include "core/tensor.h"
#include "model/config.h"

namespace fettle {

/// Keys and values of many sequences, one pair a layer, in blocks of one pool: sequences come and go without copies.
class KvPool {
 public:
  static constexpr int32_t kBlockTokens = 16;
  static int64_t blocks_for(int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

  KvPool(Memory& memory, const DecoderConfig& config, DType dtype, int64_t blocks);

  /// Of a layer, [blocks * kBlockTokens, kv_heads*D].
  const Tensor& k(int32_t layer) const { return k_[size_t(layer)]; }
  const Tensor& v(int32_t layer) const { return v_[size_t(layer)]; }

  int64_t blocks() const { return blocks_; }
  int64_t free_blocks() const { return int64_t(free_.size()); }
  /// n free blocks; the caller has asked whether there are so many.
  std::vector<int32_t> take(int64_t n);
  void give_back(const std::vector<int32_t>& blocks);

 private:
  int64_t blocks_;
  std::vector<Tensor> k_, v_;
  Buffer memory_;
  std::vector<int32_t> free_;  // the last one is taken first
};

}  // namespace fettle
