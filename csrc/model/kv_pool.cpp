#include "model/kv_pool.h"

namespace fettle {

KvPool::KvPool(Memory& memory, const DecoderConfig& c, DType dtype, int64_t blocks) : blocks_(blocks) {
  const int64_t rows = blocks_ * kBlockTokens;
  const size_t each = (size_t(rows * c.kv_width()) * element_size(dtype) + 255) / 256 * 256;
  memory_ = Buffer(each * 2 * size_t(c.num_layers), memory);
  for (size_t l = 0; l < size_t(c.num_layers); ++l) {
    k_.push_back(matrix(memory_.as() + each * (2 * l), dtype, rows, c.kv_width()));
    v_.push_back(matrix(memory_.as() + each * (2 * l + 1), dtype, rows, c.kv_width()));
  }
  for (int64_t b = blocks_; b > 0; --b) free_.push_back(int32_t(b - 1));
}

std::vector<int32_t> KvPool::take(int64_t n) {
  const std::vector<int32_t> taken(free_.rbegin(), free_.rbegin() + n);
  free_.resize(free_.size() - size_t(n));
  return taken;
}

void KvPool::give_back(const std::vector<int32_t>& blocks) { free_.insert(free_.end(), blocks.rbegin(), blocks.rend()); }

}  // namespace fettle
