#pragma once
#include "backend/cuda/device.h"

namespace fettle::cuda {

/// Whether graphs are used at all: FETTLE_CUDA_GRAPHS=0 turns them off, and so does FETTLE_CUDA_SYNC=1, which waits for every op.
bool graphs_are_on();

/// What the device's stream was given between begin_capture and end_capture.
class CapturedGraph {
 public:
  explicit CapturedGraph(cudaGraphExec_t exec, uint64_t scratch_version) : exec_(exec), scratch_version_(scratch_version) {}
  ~CapturedGraph() { cudaGraphExecDestroy(exec_); }
  CapturedGraph(const CapturedGraph&) = delete;
  CapturedGraph& operator=(const CapturedGraph&) = delete;

  /// False, and nothing is started, when the device's scratch memory has moved since.
  bool launch(const Device& device) const;

 private:
  cudaGraphExec_t exec_;
  uint64_t scratch_version_;
};

/// What is started on the device's stream is captured from here on. Nothing may be allocated, copied from or to the host or waited for.
void begin_capture(const Device& device);
/// Null when the device has no memory for the graph.
CapturedGraph* end_capture(const Device& device);

}  // namespace fettle::cuda
