#include "capture.h"

#include <utility>

#include "cuda_runtime.h"

namespace fettle::simt {

FettleSimtGraph*& captured() {
  static thread_local FettleSimtGraph* graph = nullptr;
  return graph;
}

void run_or_capture(std::function<void()> work) {
  if (FettleSimtGraph* graph = captured())
    graph->nodes.push_back(std::move(work));
  else
    work();
}

}  // namespace fettle::simt

using fettle::simt::captured;

cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode) {
  if (captured()) return cudaErrorIllegalState;
  captured() = new FettleSimtGraph;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  *graph = std::exchange(captured(), nullptr);
  return *graph ? cudaSuccess : cudaErrorIllegalState;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new FettleSimtGraph(*graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t) {
  if (captured()) return cudaErrorStreamCaptureUnsupported;
  for (const auto& node : exec->nodes) node();
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete exec;
  return cudaSuccess;
}
