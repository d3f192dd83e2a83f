#pragma once
// Who touched each word of the block's shared memory since its last barrier. Warps whose accesses no barrier orders must not touch the same
// word, unless both read it; a word that an asynchronous copy is on its way to must not be touched at all. Sees what goes through the
// primitives (16- and 8-byte accesses, ldmatrix, cp.async); plain C++ accesses are left to the random order of warps.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fettle::simt {

enum class Access : uint8_t { Read, Write };

class SharedShadow {
 public:
  /// Forgets everything; `bytes` of shared memory.
  void reset(size_t bytes);
  /// All threads of the block have met at a barrier, or a block begins.
  void barrier() { ++epoch_; }

  /// Each records an access of `warp` to `bytes` from `offset` on and returns what it collides with, null when there is nothing.
  const char* touch(size_t offset, int bytes, int warp, Access access);
  const char* copy_issued(size_t offset, int bytes, int warp);
  /// The copy has been waited for: it counts as written now.
  void copy_landed(size_t offset, int bytes, int warp);

 private:
  struct Word {
    uint32_t written_at = 0, read_at = 0;  // epochs
    int16_t writer = 0, reader = 0;        // warps; reader: kSeveral when more than one reads
    bool on_its_way = false;
  };
  static constexpr int16_t kSeveral = -1;

  const char* write(Word& word, int warp) const;
  const char* read(Word& word, int warp) const;
  template <class Body>
  const char* each_word(size_t offset, int bytes, const Body& body);

  std::vector<Word> words_;
  uint32_t epoch_ = 0;
};

}  // namespace fettle::simt
