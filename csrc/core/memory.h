#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace fettle {

/// Ops that a device was given once and can be started again with one call: the same launches on the same addresses.
class Graph {
 public:
  virtual ~Graph() = default;
  /// False, and nothing is started, when memory that its launches use has moved since.
  virtual bool launch() = 0;
};

/// Where bytes live: the host's memory, or a device's, which the host reaches only through these calls.
/// Calls take effect in the order in which they and the ops of the same device are made; `download` returns when its bytes are there.
class Memory {
 public:
  virtual ~Memory() = default;
  /// Zeroed bytes, aligned to 256; throws FETTLE_MEMORY when there is no room.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* data, size_t bytes) noexcept = 0;
  /// `from` may be reused as soon as it returns.
  virtual void upload(void* to, const void* from, size_t bytes) = 0;
  virtual void download(void* to, const void* from, size_t bytes) = 0;
  virtual void zero(void* data, size_t bytes) = 0;
  /// Returns when everything that was started is done.
  virtual void finish() {}
  /// Captures the ops and zeroings that `work` starts instead of doing them. Null where a memory cannot; `work` was not called then, or
  /// there was no room for what it started.
  virtual std::unique_ptr<Graph> capture(const std::function<void()>& work);
  virtual bool on_host() const { return false; }
};

/// Gives what the C++ heap has freed back to the system: opening a model leaves tens of megabytes.
void trim_heap();

/// Page-aligned memory straight from the system: pages cost nothing until touched, and are given back at once.
Memory& host_memory();

}  // namespace fettle
