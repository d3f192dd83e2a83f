#include "backend/cuda/device.h"

// Ops that have no kernel yet. A line goes when its .cu comes.

#define FETTLE_NOT_BUILT(Op)                                                                             \
  void fettle::cuda::run(Device&, const Op&) {                                                           \
    throw Error("FETTLE_NOT_YET", std::string(Op::name) + " has no CUDA kernel yet", "use device: cpu"); \
  }

namespace fettle {
FETTLE_NOT_BUILT(AttentionForward)
FETTLE_NOT_BUILT(AttentionBackward)
}  // namespace fettle
