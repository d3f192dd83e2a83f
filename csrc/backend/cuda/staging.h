#pragma once
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

namespace fettle::cuda {

/// Pinned host memory that uploads go through, so that they wait neither for earlier work nor for each other. Two halves in turn: one is
/// filled again only when all that was copied from it has left.
class Staging {
 public:
  Staging();
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// Copies host bytes to the device, in the order of the stream; `from` may be reused at once.
  void upload(void* to, const void* from, size_t bytes, cudaStream_t stream);

 private:
  struct Half {
    uint8_t* data = nullptr;
    cudaEvent_t left = nullptr;  // comes after the last copy
  };
  Half halves_[2];
  int current_ = 0;
  size_t used_ = 0;
};

}  // namespace fettle::cuda
