#include "shared_shadow.h"

namespace fettle::simt {

void SharedShadow::reset(size_t bytes) {
  words_.assign((bytes + 3) / 4, Word());
  epoch_ = 0;
}

template <class Body>
const char* SharedShadow::each_word(size_t offset, int bytes, const Body& body) {
  const char* collision = nullptr;
  for (size_t i = offset / 4; i < (offset + size_t(bytes) + 3) / 4; ++i)
    if (const char* found = body(words_[i])) collision = found;
  return collision;
}

const char* SharedShadow::write(Word& word, int warp) const {
  const char* collision = nullptr;
  if (word.on_its_way)
    collision = "an asynchronous copy that is still on its way there";
  else if (word.written_at == epoch_ && word.writer != warp)
    collision = "a write of another warp, without a barrier between them";
  else if (word.read_at == epoch_ && word.reader != warp)
    collision = "a read of another warp, without a barrier between them";
  word.written_at = epoch_;
  word.writer = int16_t(warp);
  return collision;
}

const char* SharedShadow::read(Word& word, int warp) const {
  const char* collision = nullptr;
  if (word.on_its_way)
    collision = "an asynchronous copy that is still on its way there";
  else if (word.written_at == epoch_ && word.writer != warp)
    collision = "a write of another warp, without a barrier between them";
  word.reader = word.read_at == epoch_ && word.reader != warp ? kSeveral : int16_t(warp);
  word.read_at = epoch_;
  return collision;
}

const char* SharedShadow::touch(size_t offset, int bytes, int warp, Access access) {
  return each_word(offset, bytes, [&](Word& word) { return access == Access::Write ? write(word, warp) : read(word, warp); });
}

const char* SharedShadow::copy_issued(size_t offset, int bytes, int warp) {
  return each_word(offset, bytes, [&](Word& word) {
    const char* collision = write(word, warp);
    word.on_its_way = true;
    return collision;
  });
}

void SharedShadow::copy_landed(size_t offset, int bytes, int warp) {
  each_word(offset, bytes, [&](Word& word) -> const char* {
    word.on_its_way = false;
    word.written_at = epoch_;
    word.writer = int16_t(warp);
    return nullptr;
  });
}

}  // namespace fettle::simt
