#pragma once
#include <cuda_runtime.h>

/// Names the block's dynamic shared memory.
#define FETTLE_SHARED(name) extern __shared__ __align__(1024) unsigned char name[]

namespace fettle::cuda {

/// Starts kernel(args...) on a grid; csrc/backend/simt/include/launch.h is its emulation.
template <class... Parameters, class... Args>
cudaError_t start(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream, const char*,
                  Args... args) {
  if (shared_bytes > (48u << 10)) {
    const cudaError_t status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, int(shared_bytes));
    if (status != cudaSuccess) return status;
  }
  kernel<<<grid, block, shared_bytes, stream>>>(Parameters(args)...);
  return cudaGetLastError();
}

}  // namespace fettle::cuda
