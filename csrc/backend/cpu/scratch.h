#pragma once
#include <cstdlib>
#include <memory>
#include <new>

#include "backend/cpu/tier.h"

namespace fettle::cpu::FETTLE_TIER {

/// Uninitialised memory of the calling thread for `count` of T, on a cache line, kept from call to call; one piece for each Purpose.
template <class Purpose, class T>
inline T* thread_scratch(size_t count) {
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  static thread_local std::unique_ptr<void, Free> memory;
  static thread_local size_t bytes = 0;
  if (bytes < count * sizeof(T)) {
    memory.reset();
    bytes = (count * sizeof(T) + 4095) / 4096 * 4096;
    memory.reset(std::aligned_alloc(64, bytes));
    if (!memory) {
      bytes = 0;
      throw std::bad_alloc();
    }
  }
  return static_cast<T*>(memory.get());
}

}  // namespace fettle::cpu::FETTLE_TIER
