#include <cstdlib>
#include <string_view>

#include "backend/cuda/graph.h"

namespace fettle::cuda {

bool graphs_are_on() {
  const char* graphs = std::getenv("FETTLE_CUDA_GRAPHS");
  return !(graphs && std::string_view(graphs) == "0") && !ops_are_waited_for();
}

void begin_capture(const Device& device) {
  require(cudaStreamBeginCapture(device.stream(), cudaStreamCaptureModeThreadLocal), "beginning to capture a graph");
}

CapturedGraph* end_capture(const Device& device) {
  cudaGraph_t graph = nullptr;
  require(cudaStreamEndCapture(device.stream(), &graph), "capturing a graph");
  cudaGraphExec_t exec = nullptr;
  const cudaError_t status = cudaGraphInstantiate(&exec, graph, 0);
  cudaGraphDestroy(graph);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  require(status, "making a graph");
  return new CapturedGraph(exec, device.scratch_version());
}

bool CapturedGraph::launch(const Device& device) const {
  if (device.scratch_version() != scratch_version_) return false;
  require(cudaGraphLaunch(exec_, device.stream()), "starting a graph");
  return true;
}

}  // namespace fettle::cuda
