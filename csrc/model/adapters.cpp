#include "model/adapters.h"

#include <algorithm>
#include <string>

#include "core/bf16.h"
#include "core/error.h"
#include "ops/backend.h"

namespace fettle {
namespace {
constexpr int64_t kFirstSlots = 4;

/// fp32 values to where a tensor lies, in its type.
void upload_as(Memory& memory, const Tensor& to, const std::vector<float>& values) {
  if (to.dtype == DType::F32) return memory.upload(to.data, values.data(), values.size() * sizeof(float));
  std::vector<bf16> rounded(values.size());
  std::transform(values.begin(), values.end(), rounded.begin(), to_bf16);
  memory.upload(to.data, rounded.data(), rounded.size() * sizeof(bf16));
}
}  // namespace

int32_t Adapters::add(const std::vector<LinearLayer*>& linears, const Trainables& trainables, DType compute) {
  int64_t rank = rank_;
  float scale = 0;
  for (const LinearLayer* l : linears) {
    if (!l->lora) continue;
    rank = std::max(rank, l->lora->rank);
    scale = l->lora->scale;  // the same on every linear
  }
  size_t slot = 0;
  while (slot < slots_.size() && slots_[slot].used) ++slot;
  const int64_t slots = int64_t(slot < slots_.size() ? slots_.size() : std::max<size_t>(kFirstSlots, 2 * slots_.size()));
  if (slots > int64_t(slots_.size()) || rank > rank_) grow(linears, compute, slots, rank);
  for (LinearLayer* l : linears) {
    if (l->lora && !l->stack.a) l->stack = make_stack(*l, compute);
    if (l->stack.a) fill(*l, trainables, int64_t(slot));
  }
  stacks_.clear();
  for (const LinearLayer* l : linears)
    if (l->stack.a) stacks_.push_back(&l->stack);
  slots_[slot] = {true, scale};
  std::vector<float> scales;
  for (const Slot& s : slots_) scales.push_back(s.scale);
  context_.memory->upload(scales_.data, scales.data(), scales.size() * sizeof(float));
  return int32_t(slot);
}

void Adapters::remove(int32_t adapter) {
  if (!has(adapter)) throw Error("FETTLE_INVALID_ARGUMENT", "the model keeps no adapter " + std::to_string(adapter));
  slots_[size_t(adapter)].used = false;
}

size_t Adapters::bytes() const {
  size_t n = 0;
  for (const LoraStack* s : stacks_) n += s->memory.bytes();
  return n;
}

void Adapters::grow(const std::vector<LinearLayer*>& linears, DType compute, int64_t slots, int64_t rank) {
  const int64_t old_rank = std::exchange(rank_, rank), old_slots = int64_t(slots_.size());
  slots_.resize(size_t(slots));
  scales_memory_ = Buffer(size_t(slots) * sizeof(float), *context_.memory);
  scales_ = vector(scales_memory_.as(), DType::F32, slots);
  for (LinearLayer* l : linears) {
    if (!l->stack.a) continue;
    const LoraStack old = std::exchange(l->stack, make_stack(*l, compute));
    for (int64_t s = 0; s < old_slots; ++s) {
      run(context_, Cast{.x = old.a.slice(s * old_rank, old_rank), .y = l->stack.a.slice(s * rank, old_rank)});
      run(context_, Cast{.x = old.b.slice(s * old_rank, old_rank), .y = l->stack.b.slice(s * rank, old_rank)});
    }
  }
}

LoraStack Adapters::make_stack(const LinearLayer& l, DType compute) const {
  const int64_t rows = int64_t(slots_.size()) * rank_;
  const auto bytes = [&](int64_t cols) { return (size_t(rows * cols) * element_size(compute) + 255) / 256 * 256; };
  LoraStack stack;
  stack.memory = Buffer(bytes(l.in()) + bytes(l.out()), *context_.memory);
  stack.a = matrix(stack.memory.as(), compute, rows, l.in());
  stack.b = matrix(stack.memory.as() + bytes(l.in()), compute, rows, l.out());
  return stack;
}

/// The linear's pair into a slot, zeros where it has none, or fewer rows than the slot.
void Adapters::fill(const LinearLayer& l, const Trainables& trainables, int64_t slot) const {
  std::vector<float> a(size_t(rank_ * l.in()), 0.0f), b(size_t(rank_ * l.out()), 0.0f);
  if (l.lora) {
    const int64_t r = l.lora->rank;
    std::vector<float> stored(size_t(r * l.out()));
    context_.memory->download(a.data(), trainables.param(l.lora->a_index).data, size_t(r * l.in()) * sizeof(float));
    context_.memory->download(stored.data(), trainables.param(l.lora->b_index).data, stored.size() * sizeof(float));
    for (int64_t n = 0; n < l.out(); ++n)
      for (int64_t i = 0; i < r; ++i) b[size_t(i * l.out() + n)] = stored[size_t(n * r + i)];
  }
  upload_as(*context_.memory, l.stack.a.slice(slot * rank_, rank_), a);
  upload_as(*context_.memory, l.stack.b.slice(slot * rank_, rank_), b);
}

}  // namespace fettle
