#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace fettle::simt {

/// Allocations of the emulated device. Each ends at a page that may not be touched, so that running over it stops the process at once;
/// what goes through check_access is refused with a message before that.
class DeviceMemory {
 public:
  /// nullptr when there is no room.
  void* allocate(size_t bytes);
  /// False when `p` is no allocation.
  bool release(void* p);
  bool contains(const void* p, size_t bytes) const;
  size_t used() const { return used_; }
  /// What FETTLE_SIMT_MEMORY says, in bytes, or what the machine has.
  static size_t total();

 private:
  struct Block {
    uint8_t* mapping;
    size_t mapped, bytes;
  };
  mutable std::mutex mutex_;
  std::map<const uint8_t*, Block> blocks_;
  size_t used_ = 0;
};

DeviceMemory& device_memory();

}  // namespace fettle::simt
