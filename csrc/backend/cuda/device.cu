#include <algorithm>
#include <cstring>

#include "backend/cuda/device.h"

namespace fettle::cuda {
namespace {
constexpr size_t kStagingBytes = 4 << 20;
}

Device::Device(int ordinal) : ordinal_(ordinal) {
  require(cudaSetDevice(ordinal), "opening GPU " + std::to_string(ordinal));
  require(cudaGetDeviceProperties(&properties_, ordinal), "reading the GPU's properties");
  int driver = 0;
  require(cudaDriverGetVersion(&driver), "asking for the driver's version");
  driver_ = "CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  tuning_.emplace(properties_.name, driver_);
  require(cudaStreamCreate(&stream_), "creating a stream");
  require(cudaMallocHost(&staging_, kStagingBytes), "pinning host memory");
}

Device::~Device() {
  if (scratch_) cudaFree(scratch_);
  if (staging_) cudaFreeHost(staging_);
  if (stream_) cudaStreamDestroy(stream_);
}

void* Device::scratch(size_t bytes) {
  if (bytes > scratch_bytes_) {
    require(cudaStreamSynchronize(stream_), "waiting for the GPU");
    if (scratch_) require(cudaFree(scratch_), "freeing scratch");
    scratch_ = nullptr;
    scratch_bytes_ = 0;
    require(cudaMalloc(&scratch_, bytes), "allocating " + std::to_string(bytes >> 20) + " MiB of scratch");
    scratch_bytes_ = bytes;
  }
  return scratch_;
}

void Device::upload(void* to, const void* from, size_t bytes) {
  for (size_t done = 0; done < bytes; done += kStagingBytes) {
    const size_t n = std::min(kStagingBytes, bytes - done);
    // the block may still be on its way from the last call
    require(cudaStreamSynchronize(stream_), "waiting for the GPU");
    std::memcpy(staging_, static_cast<const uint8_t*>(from) + done, n);
    require(cudaMemcpyAsync(static_cast<uint8_t*>(to) + done, staging_, n, cudaMemcpyHostToDevice, stream_), "copying to the GPU");
  }
}

}  // namespace fettle::cuda
