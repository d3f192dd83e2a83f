#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

#include "core/memory.h"

namespace fettle {

/// Zeroed bytes of a memory, given back when it goes out of scope.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t bytes, Memory& memory = host_memory()) : memory_(&memory), bytes_(bytes) {
    if (bytes == 0) return;
    data_ = static_cast<uint8_t*>(memory.allocate(bytes));
    taken_.fetch_add(1, std::memory_order_relaxed);
  }
  Buffer(Buffer&& o) noexcept { *this = std::move(o); }
  Buffer& operator=(Buffer&& o) noexcept {
    std::swap(memory_, o.memory_);
    std::swap(data_, o.data_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (data_) memory_->release(data_, bytes_);
  }

  template <class T = uint8_t>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }
  size_t bytes() const { return bytes_; }
  explicit operator bool() const { return data_ != nullptr; }
  /// How many blocks of memory this process has taken so far: a training step takes none.
  static int64_t taken() { return taken_.load(std::memory_order_relaxed); }

 private:
  inline static std::atomic<int64_t> taken_{0};
  Memory* memory_ = &host_memory();
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace fettle
