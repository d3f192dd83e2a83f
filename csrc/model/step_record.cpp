#include "model/step_record.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

namespace fettle {
namespace {
constexpr size_t kHeadBytes = 256;
constexpr int64_t kLeastTokens = 65536;
}  // namespace

Tensor StepRecord::losses(int64_t first, int64_t count) const {
  return vector(reinterpret_cast<float*>(block_.as() + kHeadBytes) + first, DType::F32, count);
}

void StepRecord::reserve(int64_t tokens) {
  if (tokens <= capacity_) return;
  const int64_t capacity = std::max({tokens, 2 * capacity_, kLeastTokens});
  const Buffer before = std::exchange(block_, Buffer(kHeadBytes + size_t(capacity) * sizeof(float), *context_.memory));
  capacity_ = capacity;
  if (recorded_ > 0) run(context_, Cast{.x = vector(before.as() + kHeadBytes, DType::F32, recorded_), .y = losses(0, recorded_)});
}

void StepRecord::clear() {
  supervised_.clear();
  recorded_ = 0;
}

void StepRecord::add(const Batch& batch, const Tensor& batch_losses) {
  supervised_.insert(supervised_.end(), batch.supervised.begin(), batch.supervised.end());
  const int64_t count = batch_losses.cols;
  reserve(recorded_ + count);
  if (count > 0) run(context_, Cast{.x = batch_losses, .y = losses(recorded_, count)});
  recorded_ += count;
}

Tensor StepRecord::clip_factor(const Tensor& grad, double max_norm) {
  reserve(1);
  const Tensor grad_squares = at(offsetof(Head, grad_squares), DType::F64), loss_squares = at(offsetof(Head, loss_squares), DType::F64);
  const Tensor factor = at(offsetof(Head, factor), DType::F32);
  run(context_, SumSquares{.x = grad, .out = grad_squares});
  run(context_, SumSquares{.x = losses(0, recorded_), .out = loss_squares});
  run(context_, ClipFactor{.grad_squares = grad_squares, .loss_squares = loss_squares, .factor = factor, .max_norm = max_norm});
  return factor;
}

BatchLoss StepRecord::read(Head* head) const {
  std::vector<uint8_t> bytes(kHeadBytes + size_t(recorded_) * sizeof(float));
  if (block_) context_.memory->download(bytes.data(), block_.as(), bytes.size());
  if (head) std::memcpy(head, bytes.data(), sizeof *head);
  return sum_losses(supervised_, reinterpret_cast<const float*>(bytes.data() + kHeadBytes));
}

BatchLoss StepRecord::losses() const { return read(nullptr); }

StepResult StepRecord::result() const {
  Head head;
  BatchLoss losses = read(&head);
  return {std::move(losses), std::sqrt(head.grad_squares)};
}

}  // namespace fettle
