#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "model/batch.h"
#include "model/kv_pool.h"

namespace fettle {

/// How a token is drawn: Sample in csrc/ops/sample.h.
struct Sampling {
  float temperature = 0.0f;  // 0 is greedy
  int32_t top_k = 0;         // 0 is off
  float top_p = 1.0f;        // 1 is off
  uint64_t seed = 0;
};

/// A sequence's part of a step: the ids that it goes on with, and how its next one is drawn.
struct SequenceInput {
  int32_t sequence = 0;
  std::vector<int32_t> ids;
  Sampling sampling;
  int32_t adapter = kNoAdapter;  // one that the model keeps
  static constexpr int32_t kNoAdapter = -1;
};

/// Sequences that generate together (continuous batching: Yu et al. 2022, "Orca"). Each joins with room for its tokens set aside, takes
/// part in the steps that name it, and leaves at any time; a step reads every weight once for all of them.
/// Any thread may call; a step's passes may run while sequences join and leave.
class Generation {
 public:
  /// What one run of the decoder takes in, of one or more inputs. Where an input's ids end, its next token is asked for: row
  /// batch.target_rows[i] belongs to input inputs[i].
  struct Pass {
    Batch batch;
    std::vector<size_t> inputs;
  };

  /// Room for up to `sequences` sequences of `tokens` tokens together.
  Generation(Memory& memory, const DecoderConfig& config, DType dtype, int64_t tokens, int64_t sequences);

  /// A new, empty sequence of up to `tokens` tokens, by its number; none when there is no room for it now.
  std::optional<int32_t> add(int64_t tokens);
  void remove(int32_t sequence);
  int64_t length(int32_t sequence) const;
  const KvPool& pool() const { return pool_; }

  /// Lays a step out as passes of at most kPassTokens tokens; the sequences count as grown. Throws FETTLE_INVALID_ARGUMENT.
  std::vector<Pass> plan(const std::vector<SequenceInput>& inputs);

 private:
  static constexpr size_t kPassTokens = 512;
  struct Sequence {
    std::vector<int32_t> blocks;
    int64_t capacity = 0, length = 0;
  };
  void check(const std::vector<SequenceInput>& inputs) const;
  static void append(Batch& batch, const Sequence& sequence, const int32_t* ids, size_t n, int32_t adapter);
  static void ask(Pass& pass, size_t input, const Sequence& sequence, const Sampling& sampling);
  static void finish(Batch& batch, const std::vector<const Sequence*>& sequences);

  const DecoderConfig& config_;
  mutable std::mutex mutex_;
  KvPool pool_;
  std::map<int32_t, Sequence> sequences_;
  int32_t next_ = 0;
};

}  // namespace fettle
