#include "device_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace fettle::simt {
namespace {
constexpr size_t kPage = 4096;
}

DeviceMemory& device_memory() {
  static DeviceMemory memory;
  return memory;
}

void* DeviceMemory::allocate(size_t bytes) {
  const size_t rounded = (std::max<size_t>(bytes, 1) + 15) / 16 * 16;
  if (used_ + rounded > total()) return nullptr;
  const size_t mapped = (rounded + kPage - 1) / kPage * kPage + kPage;
  void* m = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (m == MAP_FAILED) return nullptr;
  auto* mapping = static_cast<uint8_t*>(m);
  mprotect(mapping + mapped - kPage, kPage, PROT_NONE);
  // cudaMalloc aligns to 256, so the guard stands up to 240 bytes behind the end
  auto* p = reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(mapping) + mapped - kPage - rounded) / 256 * 256);
  std::lock_guard lock(mutex_);
  blocks_[p] = {mapping, mapped, rounded};
  used_ += rounded;
  return p;
}

size_t DeviceMemory::total() {
  const char* limit = std::getenv("FETTLE_SIMT_MEMORY");
  return limit ? size_t(std::strtoull(limit, nullptr, 10)) : size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
}

bool DeviceMemory::release(void* p) {
  std::lock_guard lock(mutex_);
  const auto it = blocks_.find(static_cast<uint8_t*>(p));
  if (it == blocks_.end()) return false;
  used_ -= it->second.bytes;
  munmap(it->second.mapping, it->second.mapped);
  blocks_.erase(it);
  return true;
}

bool DeviceMemory::contains(const void* p, size_t bytes) const {
  const auto* b = static_cast<const uint8_t*>(p);
  std::lock_guard lock(mutex_);
  auto it = blocks_.upper_bound(b);
  if (it == blocks_.begin()) return false;
  --it;
  return b + bytes <= it->first + it->second.bytes;
}

}  // namespace fettle::simt
