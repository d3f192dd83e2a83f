#pragma once
#include <cuda_runtime.h>

#include <cstdint>
#include <optional>
#include <string>

#include "backend/cuda/staging.h"
#include "backend/cuda/tuning.h"
#include "core/error.h"
#include "launch.h"
#include "ops/backend.h"

namespace fettle::cuda {

/// Throws with the CUDA error's name and what was being done.
inline void require(cudaError_t status, const std::string& what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // else the next launch would report it again
  const std::string text = what + ": " + cudaGetErrorName(status) + " (" + cudaGetErrorString(status) + ")";
  if (status == cudaErrorMemoryAllocation)
    throw Error("FETTLE_MEMORY", text,
                "in order of what it costs: activation_checkpointing: full; a smaller micro_batch_tokens; a smaller max_length; a smaller "
                "r; a smaller model");
  throw Error("FETTLE_DEVICE", text, "run `fettle doctor`; another process may hold the GPU, or its driver be too old for this build");
}

/// One GPU: its stream, its limits, and scratch that ops share. Ops run in the order in which they are started.
class Device {
 public:
  /// Device `ordinal` must be the thread's current one.
  explicit Device(int ordinal);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  cudaStream_t stream() const { return stream_; }
  const cudaDeviceProp& properties() const { return properties_; }
  int ordinal() const { return ordinal_; }
  /// The driver's version: CUDA 13.0.
  const std::string& driver() const { return driver_; }
  const Tuning& tuning() const { return *tuning_; }
  /// 90 for sm_90.
  int architecture() const { return properties_.major * 10 + properties_.minor; }

  /// At least `bytes` of device memory, valid for the ops started until the next call; its bytes are undefined.
  void* scratch(size_t bytes);
  /// Changes when scratch moves: what was captured before it then names freed memory.
  uint64_t scratch_version() const { return scratch_version_; }
  Staging& staging() { return staging_; }

 private:
  int ordinal_;
  cudaStream_t stream_ = nullptr;
  cudaDeviceProp properties_{};
  std::string driver_;
  std::optional<Tuning> tuning_;
  void* scratch_ = nullptr;
  size_t scratch_bytes_ = 0;
  uint64_t scratch_version_ = 0;
  Staging staging_;
};

/// FETTLE_CUDA_SYNC=1: every op is waited for, so that an error of the GPU names the op that made it.
bool ops_are_waited_for();

/// Starts kernel(args...) on the device's stream.
template <class... Parameters, class... Args>
void launch(Device& device, const char* name, void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, Args... args) {
  require(start(kernel, grid, block, shared_bytes, device.stream(), name, args...), name);
}

#define X(Op) void run(Device& device, const Op& op);
FETTLE_OPS(X)
#undef X

}  // namespace fettle::cuda
