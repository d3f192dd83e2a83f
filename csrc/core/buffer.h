#pragma once
#include <cstdint>
#include <utility>

#include "core/memory.h"

namespace fettle {

/// Zeroed bytes of a memory, given back when it goes out of scope.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t bytes, Memory& memory = host_memory()) : memory_(&memory), bytes_(bytes) {
    if (bytes > 0) data_ = static_cast<uint8_t*>(memory.allocate(bytes));
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

 private:
  Memory* memory_ = &host_memory();
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace fettle
