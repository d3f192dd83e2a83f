#pragma once
#include "capture.h"
#include "cuda_runtime.h"

/// Names the block's dynamic shared memory.
#define FETTLE_SHARED(name) unsigned char* name = ::fettle::simt::shared_memory()

namespace fettle::cuda {

/// Runs kernel(args...) on a grid; it has ended when this returns, unless it is captured. Throws what the emulator's checks find.
template <class... Parameters, class... Args>
cudaError_t start(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t, const char* name, Args... args) {
  simt::run_or_capture([=] {
    simt::run_grid(name, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared_bytes, [&] { kernel(Parameters(args)...); });
  });
  return cudaSuccess;
}

}  // namespace fettle::cuda
