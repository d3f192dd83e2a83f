#include "core/memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstring>
#include <string>

#include "core/error.h"

namespace fettle {
namespace {

class HostMemory final : public Memory {
 public:
  void* allocate(size_t bytes) override {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
      throw Error("FETTLE_MEMORY", "cannot allocate " + std::to_string(bytes >> 20) + " MiB",
                  "close other programs, or use a smaller model, batch or max_length");
    madvise(p, bytes, MADV_HUGEPAGE);
    return p;
  }
  void release(void* data, size_t bytes) noexcept override { munmap(data, bytes); }
  void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void download(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
  void zero(void* data, size_t bytes) override { std::memset(data, 0, bytes); }
  bool on_host() const override { return true; }
};

}  // namespace

std::unique_ptr<Graph> Memory::capture(const std::function<void()>&) { return nullptr; }

void trim_heap() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

Memory& host_memory() {
  static HostMemory memory;
  return memory;
}

}  // namespace fettle
