#include "model/token_inputs.h"

#include <algorithm>
#include <cstring>

namespace fettle {
namespace {
/// Every list takes whole 256-byte lines of the block.
int64_t lines(size_t n) { return (int64_t(n) + 63) / 64 * 64; }
constexpr int kLists = 9;
}  // namespace

void TokenStaging::make_room(int64_t words) {
  if (block_.bytes() < size_t(words) * 4) block_ = Buffer(size_t(words) * 4, memory_);
}

void TokenStaging::reserve(int64_t tokens) {
  if (!memory_.on_host()) make_room(kLists * lines(size_t(tokens) + 1));
}

TokenInputs TokenStaging::place(const Batch& b, std::array<uint32_t, 2> seed_step) {
  TokenInputs in;
  int64_t used = 0;
  const bool host = memory_.on_host();
  seed_step_ = seed_step;
  const int64_t total = lines(b.ids.size()) + lines(b.positions.size()) + lines(b.cu.size()) + lines(b.k_start.size()) +
                        lines(b.k_len.size()) + lines(b.token_rows.size()) + lines(seed_step_.size()) + lines(b.target_rows.size()) +
                        lines(b.targets.size());
  if (!host) {
    make_room(total);
    staged_.assign(size_t(total), 0);
  }
  auto put = [&](const auto& list, DType dtype) {
    const int64_t n = int64_t(list.size());
    if (host) return vector(const_cast<void*>(static_cast<const void*>(list.data())), dtype, n);
    if (n > 0) std::memcpy(staged_.data() + used, list.data(), size_t(n) * 4);
    const Tensor t = vector(block_.as<int32_t>() + used, dtype, n);
    used += lines(list.size());
    return t;
  };
  in.ids = put(b.ids, DType::I32);
  in.positions = put(b.positions, DType::I32);
  in.cu_q = put(b.cu, DType::I32);
  in.k_start = put(b.k_start, DType::I32);
  in.k_len = put(b.k_len, DType::I32);
  in.dropout.row_ids = put(b.token_rows, DType::U32);
  in.dropout.positions = in.positions;
  in.dropout.seed_step = put(seed_step_, DType::U32);
  in.target_rows = put(b.target_rows, DType::I32);
  in.targets = put(b.targets, DType::I32);
  if (!host) memory_.upload(block_.as(), staged_.data(), size_t(total) * 4);
  if (!b.positions.empty()) in.last_position = *std::max_element(b.positions.begin(), b.positions.end());
  return in;
}

}  // namespace fettle
