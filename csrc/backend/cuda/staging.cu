#include <algorithm>
#include <cstring>

#include "backend/cuda/device.h"
#include "backend/cuda/staging.h"

namespace fettle::cuda {
namespace {
constexpr size_t kHalfBytes = 4 << 20;
}

Staging::Staging() {
  for (Half& half : halves_) {
    require(cudaMallocHost(reinterpret_cast<void**>(&half.data), kHalfBytes), "pinning host memory");
    require(cudaEventCreateWithFlags(&half.left, cudaEventDisableTiming), "creating an event");
  }
}

Staging::~Staging() {
  for (Half& half : halves_) {
    if (half.left) cudaEventDestroy(half.left);
    if (half.data) cudaFreeHost(half.data);
  }
}

void Staging::upload(void* to, const void* from, size_t bytes, cudaStream_t stream) {
  for (size_t done = 0; done < bytes;) {
    if (used_ == kHalfBytes) {
      current_ = 1 - current_;
      used_ = 0;
      require(cudaEventSynchronize(halves_[current_].left), "waiting for copies to the GPU");
    }
    const Half& half = halves_[current_];
    const size_t n = std::min(kHalfBytes - used_, bytes - done);
    std::memcpy(half.data + used_, static_cast<const uint8_t*>(from) + done, n);
    require(cudaMemcpyAsync(static_cast<uint8_t*>(to) + done, half.data + used_, n, cudaMemcpyHostToDevice, stream), "copying to the GPU");
    require(cudaEventRecord(half.left, stream), "recording an event");
    done += n;
    used_ = std::min(kHalfBytes, (used_ + n + 255) / 256 * 256);
  }
}

}  // namespace fettle::cuda
