#pragma once
#include <compare>
#include <functional>
#include <map>
#include <memory>

#include "core/memory.h"

namespace fettle {

/// Sizes that batches on a device are padded to, so that passes repeat: token counts in steps of 64, or of a sixteenth of the power of two
/// below; powers of two of sequences, at least 8.
int64_t token_bucket(int64_t tokens);
int64_t sequence_bucket(int64_t sequences);

/// Passes whose launches depend on a key alone. The second time that a key comes, its pass is captured, from then on its graph is started.
/// Where a memory cannot capture, every pass is done as it is.
class PassGraphs {
 public:
  enum class Pass { Forward, Backward };
  /// Where the batch lies, and how much of it there is.
  struct Key {
    Pass pass;
    const void* inputs;
    int64_t tokens, sequences;
    auto operator<=>(const Key&) const = default;
  };

  explicit PassGraphs(Memory& memory) : memory_(memory) {}
  void run(const Key& key, const std::function<void()>& work);
  /// To be called when anything moves that a pass touches, or another thing is trained.
  void clear() { entries_.clear(); }
  /// How many passes were started as graphs so far.
  int64_t launches() const { return launches_; }

 private:
  struct Entry {
    std::unique_ptr<Graph> graph;
    uint64_t last_used = 0;
  };
  bool launch(Entry& entry);
  void make_room();
  Memory& memory_;
  std::map<Key, Entry> entries_;
  uint64_t clock_ = 0;
  int64_t launches_ = 0;
};

}  // namespace fettle
