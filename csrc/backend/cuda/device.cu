#include <cstdlib>
#include <string_view>

#include "backend/cuda/device.h"

namespace fettle::cuda {

Device::Device(int ordinal) : ordinal_(ordinal) {
  require(cudaGetDeviceProperties(&properties_, ordinal), "reading the GPU's properties");
  int driver = 0;
  require(cudaDriverGetVersion(&driver), "asking for the driver's version");
  driver_ = "CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
  tuning_.emplace(properties_.name, driver_);
  require(cudaStreamCreate(&stream_), "creating a stream");
}

Device::~Device() {
  if (scratch_) cudaFree(scratch_);
  if (stream_) cudaStreamDestroy(stream_);
}

bool ops_are_waited_for() {
  const char* sync = std::getenv("FETTLE_CUDA_SYNC");
  return sync && std::string_view(sync) == "1";
}

void* Device::scratch(size_t bytes) {
  if (bytes > scratch_bytes_) {
    require(cudaStreamSynchronize(stream_), "waiting for the GPU");
    if (scratch_) require(cudaFree(scratch_), "freeing scratch");
    scratch_ = nullptr;
    scratch_bytes_ = 0;
    ++scratch_version_;
    require(cudaMalloc(&scratch_, bytes), "allocating " + std::to_string(bytes >> 20) + " MiB of scratch");
    scratch_bytes_ = bytes;
  }
  return scratch_;
}

}  // namespace fettle::cuda
