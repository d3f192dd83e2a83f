#include "model/generation.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/error.h"

namespace fettle {
namespace {
void need(bool ok, const std::string& what) {
  if (!ok) throw Error("FETTLE_INVALID_ARGUMENT", what);
}

/// Every sequence but one may leave a part of its last block empty.
int64_t blocks_of(int64_t tokens, int64_t sequences) {
  need(tokens >= 1 && sequences >= 1, "a session needs room for at least 1 token of 1 sequence");
  return KvPool::blocks_for(tokens) + sequences - 1;
}
}  // namespace

Generation::Generation(Memory& memory, const DecoderConfig& config, DType dtype, int64_t tokens, int64_t sequences)
    : config_(config), pool_(memory, config, dtype, blocks_of(tokens, sequences)) {}

std::optional<int32_t> Generation::add(int64_t tokens) {
  const std::lock_guard lock(mutex_);
  const int64_t blocks = KvPool::blocks_for(tokens);
  need(tokens >= 1 && tokens <= config_.max_positions, "a sequence of " + std::to_string(tokens) + " tokens does not fit the model's " +
                                                           std::to_string(config_.max_positions) + " positions");
  need(blocks <= pool_.blocks(), "a sequence of " + std::to_string(tokens) + " tokens never fits a session of " +
                                     std::to_string(pool_.blocks() * KvPool::kBlockTokens));
  if (blocks > pool_.free_blocks()) return std::nullopt;
  sequences_[next_] = {pool_.take(blocks), tokens, 0};
  return next_++;
}

void Generation::remove(int32_t sequence) {
  const std::lock_guard lock(mutex_);
  const auto it = sequences_.find(sequence);
  need(it != sequences_.end(), "the session has no sequence " + std::to_string(sequence));
  pool_.give_back(it->second.blocks);
  sequences_.erase(it);
}

int64_t Generation::length(int32_t sequence) const {
  const std::lock_guard lock(mutex_);
  const auto it = sequences_.find(sequence);
  need(it != sequences_.end(), "the session has no sequence " + std::to_string(sequence));
  return it->second.length;
}

void Generation::check(const std::vector<SequenceInput>& inputs) const {
  need(!inputs.empty(), "a step needs at least one sequence");
  std::set<int32_t> named;
  for (const SequenceInput& input : inputs) {
    const std::string name = "sequence " + std::to_string(input.sequence);
    const auto it = sequences_.find(input.sequence);
    need(it != sequences_.end(), "the session has no " + name);
    need(named.insert(input.sequence).second, name + " is named twice in one step");
    const Sequence& s = it->second;
    need(!input.ids.empty() && s.length + int64_t(input.ids.size()) <= s.capacity,
         name + " holds " + std::to_string(s.length) + " of " + std::to_string(s.capacity) + " tokens; " +
             std::to_string(input.ids.size()) + " more do not fit");
  }
}

std::vector<Generation::Pass> Generation::plan(const std::vector<SequenceInput>& inputs) {
  const std::lock_guard lock(mutex_);
  check(inputs);
  std::vector<Pass> passes;
  std::vector<const Sequence*> together;
  const auto close = [&] {
    if (!together.empty()) finish(passes.back().batch, together);
    together.clear();
  };
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<int32_t>& ids = inputs[i].ids;
    Sequence& s = sequences_.at(inputs[i].sequence);
    for (size_t done = 0; done < ids.size();) {
      if (passes.empty() || passes.back().batch.ids.size() >= kPassTokens) {
        close();
        passes.emplace_back();
      }
      Pass& pass = passes.back();
      const size_t n = std::min(ids.size() - done, kPassTokens - pass.batch.ids.size());
      append(pass.batch, s, ids.data() + done, n, inputs[i].adapter);
      together.push_back(&s);
      s.length += int64_t(n);
      done += n;
      if (done == ids.size()) ask(pass, i, s, inputs[i].sampling);
    }
  }
  close();
  for (const Pass& pass : passes) pass.batch.check_ids(config_.vocab_size);
  return passes;
}

void Generation::ask(Pass& pass, size_t input, const Sequence& s, const Sampling& sampling) {
  pass.inputs.push_back(input);
  pass.batch.target_rows.push_back(int32_t(pass.batch.ids.size()) - 1);
  Draws& draws = pass.batch.draws;
  draws.temperature.push_back(sampling.temperature);
  draws.top_k.push_back(sampling.top_k);
  draws.top_p.push_back(sampling.top_p);
  draws.seed.insert(draws.seed.end(), {uint32_t(sampling.seed), uint32_t(sampling.seed >> 32)});
  draws.position.push_back(int32_t(s.length));
}

void Generation::append(Batch& b, const Sequence& s, const int32_t* ids, size_t n, int32_t adapter) {
  if (b.cu.empty()) b.cu = {0};
  for (size_t t = 0; t < n; ++t) {
    const int64_t position = s.length + int64_t(t);
    b.ids.push_back(ids[t]);
    b.positions.push_back(int32_t(position));
    b.adapters.push_back(adapter);
    b.slots.push_back(s.blocks[size_t(position / KvPool::kBlockTokens)] * KvPool::kBlockTokens + int32_t(position % KvPool::kBlockTokens));
  }
  b.cu.push_back(int32_t(b.ids.size()));
  b.k_len.push_back(int32_t(s.length + int64_t(n)));
}

void Generation::finish(Batch& b, const std::vector<const Sequence*>& sequences) {
  const auto none = [](int32_t adapter) { return adapter == SequenceInput::kNoAdapter; };
  if (std::all_of(b.adapters.begin(), b.adapters.end(), none)) b.adapters.clear();
  const int32_t longest = *std::max_element(b.k_len.begin(), b.k_len.end());
  b.table_width = KvPool::blocks_for(longest);
  for (size_t i = 0; i < sequences.size(); ++i) {
    const std::vector<int32_t>& blocks = sequences[i]->blocks;
    for (int64_t j = 0; j < b.table_width; ++j) b.block_table.push_back(j < int64_t(blocks.size()) ? blocks[size_t(j)] : 0);
  }
}

}  // namespace fettle
