#include <cstdio>
#include <string>

#include "backend/cuda/device.h"
#include "backend/cuda/graph.h"
#include "backend/cuda/linear.h"
#include "backend/library/abi.h"

// The library's one exported function: every call is caught, its error kept for last_error.

namespace fettle::cuda {
namespace {

struct LastError {
  std::string code, message, hint;
};
thread_local LastError last;

/// Where errors of ops that were started earlier appear.
constexpr const char* kWaiting = "waiting for the GPU's ops (FETTLE_CUDA_SYNC=1 tells which one failed)";

template <class F>
int guarded(F&& f) {
  try {
    f();
    return 0;
  } catch (const Error& e) {
    last = {e.code(), e.what(), e.hint()};
  } catch (const std::exception& e) {
    last = {"FETTLE_INTERNAL", e.what(), ""};
  }
  return 1;
}

Device& of(void* device) {
  Device& d = *static_cast<Device*>(device);
  require(cudaSetDevice(d.ordinal()), "choosing the GPU");  // per thread; ops come from any
  return d;
}

template <class Op>
void run_one(Device& device, const void* op) {
  run(device, *static_cast<const Op*>(op));
  if (ops_are_waited_for()) require(cudaStreamSynchronize(device.stream()), Op::name);
}

/// The ways to run an op that are worth measuring, with spaces between; none where the op has only one.
template <class Op>
std::string plans_of(const Device& device, const void* op) {
  std::string text;
  if constexpr (requires(const Op& any) { plan_texts(device, any); })
    for (const std::string& plan : plan_texts(device, *static_cast<const Op*>(op))) text += (text.empty() ? "" : " ") + plan;
  return text;
}

/// How many GPUs the driver shows; without a driver that is an error that says so.
int gpus() {
  int n = 0;
  const cudaError_t status = cudaGetDeviceCount(&n);
  if (status == cudaErrorNoDevice) return 0;
  if (status == cudaErrorInsufficientDriver)
    throw Error("FETTLE_DEVICE", "there is no NVIDIA driver, or one too old for CUDA 13 (cudaErrorInsufficientDriver)",
                "install a driver of version 580 or later, or use device: cpu");
  require(status, "looking for GPUs");
  return n;
}

int count(int32_t* devices) {
  return guarded([&] { *devices = gpus(); });
}
int open(int32_t ordinal, void** device) {
  return guarded([&] {
    const int n = gpus();
    if (ordinal < 0 || ordinal >= n)
      throw Error("FETTLE_DEVICE", "there is no GPU " + std::to_string(ordinal) + "; " + std::to_string(n) + " found",
                  "number them from 0: cuda:0");
    require(cudaSetDevice(ordinal), "opening GPU " + std::to_string(ordinal));
    *device = new Device(ordinal);
  });
}
void close(void* device) {
  guarded([&] { delete &of(device); });
}
int info(void* device, FettleDeviceInfo* out) {
  return guarded([&] {
    const Device& d = of(device);
    std::snprintf(out->name, sizeof out->name, "%.127s", d.properties().name);
    std::snprintf(out->architecture, sizeof out->architecture, "sm_%d", d.architecture());
    std::snprintf(out->driver, sizeof out->driver, "%.63s", d.driver().c_str());
    std::snprintf(out->tuning_file, sizeof out->tuning_file, "%.511s", d.tuning().file().c_str());
    size_t free = 0, total = 0;
    require(cudaMemGetInfo(&free, &total), "asking for the GPU's memory");
    out->memory_bytes = total;
    out->free_bytes = free;
    out->multiprocessors = d.properties().multiProcessorCount;
  });
}
int allocate(void* device, size_t bytes, void** data) {
  return guarded([&] {
    Device& d = of(device);
    require(cudaMalloc(data, bytes), "allocating " + std::to_string(bytes >> 20) + " MiB on the GPU");
    require(cudaMemsetAsync(*data, 0, bytes, d.stream()), "zeroing GPU memory");
  });
}
void release(void* device, void* data, size_t) {
  guarded([&] {
    require(cudaStreamSynchronize(of(device).stream()), kWaiting);
    require(cudaFree(data), "freeing GPU memory");
  });
}
int upload(void* device, void* to, const void* from, size_t bytes) {
  return guarded([&] {
    Device& d = of(device);
    d.staging().upload(to, from, bytes, d.stream());
  });
}
int download(void* device, void* to, const void* from, size_t bytes) {
  return guarded([&] {
    Device& d = of(device);
    require(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, d.stream()), "copying from the GPU");
    require(cudaStreamSynchronize(d.stream()), kWaiting);
  });
}
int zero(void* device, void* data, size_t bytes) {
  return guarded([&] { require(cudaMemsetAsync(data, 0, bytes, of(device).stream()), "zeroing GPU memory"); });
}
int run_op(void* device, int32_t id, const void* op) {
  static constexpr void (*ops[])(Device&, const void*) = {
#define X(Op) &run_one<Op>,
      FETTLE_OPS(X)
#undef X
  };
  return guarded([&] { ops[id](of(device), op); });
}
int plans(void* device, int32_t id, const void* op, char* text, size_t bytes) {
  static constexpr std::string (*texts[])(const Device&, const void*) = {
#define X(Op) &plans_of<Op>,
      FETTLE_OPS(X)
#undef X
  };
  return guarded([&] { std::snprintf(text, bytes, "%s", texts[id](of(device), op).c_str()); });
}
int synchronize(void* device) {
  return guarded([&] { require(cudaStreamSynchronize(of(device).stream()), kWaiting); });
}
int capture_begin(void* device, int32_t* begun) {
  return guarded([&] {
    *begun = graphs_are_on();
    if (*begun) begin_capture(of(device));
  });
}
int capture_end(void* device, void** graph) {
  return guarded([&] { *graph = end_capture(of(device)); });
}
int launch_graph(void* device, void* graph, int32_t* launched) {
  return guarded([&] { *launched = static_cast<const CapturedGraph*>(graph)->launch(of(device)); });
}
void release_graph(void* device, void* graph) {
  guarded([&] {
    require(cudaStreamSynchronize(of(device).stream()), kWaiting);
    delete static_cast<CapturedGraph*>(graph);
  });
}
void last_error(const char** code, const char** message, const char** hint) {
  *code = last.code.c_str();
  *message = last.message.c_str();
  *hint = last.hint.c_str();
}

}  // namespace
}  // namespace fettle::cuda

extern "C" __attribute__((visibility("default"))) const FettleDeviceLibrary* fettle_device_library() {
  using namespace fettle::cuda;
  static const FettleDeviceLibrary library = {fettle::op_layout(),
                                              count,
                                              open,
                                              close,
                                              info,
                                              allocate,
                                              release,
                                              upload,
                                              download,
                                              zero,
                                              run_op,
                                              plans,
                                              synchronize,
                                              capture_begin,
                                              capture_end,
                                              launch_graph,
                                              release_graph,
                                              last_error};
  return &library;
}
