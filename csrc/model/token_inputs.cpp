#include "model/token_inputs.h"

#include <algorithm>
#include <cstring>

namespace fettle {
namespace {
/// Every list takes whole 256-byte lines of the block.
int64_t lines(size_t n) { return (int64_t(n) + 63) / 64 * 64; }
constexpr int kLists = 9;  // of training
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
  const Draws& d = b.draws;
  int64_t total = 0;
  const auto count = [&](const auto&... lists) { ((total += lines(lists.size())), ...); };
  count(b.ids, b.positions, b.cu, b.k_start, b.k_len, b.token_rows, seed_step_, b.target_rows, b.targets);
  count(b.slots, b.block_table, b.adapters, d.temperature, d.top_p, d.top_k, d.position, d.seed);
  if (!host) {
    make_room(total);
    staged_.assign(size_t(total), 0);
  }
  auto put = [&](const auto& list, DType dtype) {
    const int64_t n = int64_t(list.size());
    if (n == 0) return vector(nullptr, dtype, 0);
    if (host) return vector(const_cast<void*>(static_cast<const void*>(list.data())), dtype, n);
    std::memcpy(staged_.data() + used, list.data(), size_t(n) * 4);
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
  in.slots = put(b.slots, DType::I32);
  in.block_table = put(b.block_table, DType::I32);
  if (in.block_table) in.block_table = matrix(in.block_table.data, DType::I32, b.sequences(), b.table_width);
  in.adapters.index = put(b.adapters, DType::I32);
  in.draw.temperature = put(d.temperature, DType::F32);
  in.draw.top_p = put(d.top_p, DType::F32);
  in.draw.top_k = put(d.top_k, DType::I32);
  in.draw.position = put(d.position, DType::I32);
  in.draw.seed = put(d.seed, DType::U32);
  in.draw.seed = matrix(in.draw.seed.data, DType::U32, int64_t(d.seed.size()) / 2, 2);
  if (!host) memory_.upload(block_.as(), staged_.data(), size_t(total) * 4);
  if (!b.positions.empty()) in.last_position = *std::max_element(b.positions.begin(), b.positions.end());
  return in;
}

}  // namespace fettle
