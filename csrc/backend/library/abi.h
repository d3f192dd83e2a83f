#pragma once
#include <cstddef>
#include <cstdint>

#include "ops/backend.h"

// The C interface between the addon and a device library (fettle_cuda.so, fettle_simt.so), which it opens at run time. Op structs cross
// it as they are: both sides are built from the same csrc/ops, and `layout` proves it.

namespace fettle {

/// Changes whenever an op is added or an argument struct changes its size; so should kInterface whenever a call is added below.
constexpr uint64_t op_layout() {
  constexpr uint64_t kInterface = 2;
  uint64_t hash = 1469598103934665603ull;
  auto mix = [&](uint64_t n) { hash = (hash ^ n) * 1099511628211ull; };
#define X(Op) mix(sizeof(Op));
  FETTLE_OPS(X)
#undef X
  mix(sizeof(Tensor)), mix(sizeof(Nf4Scales)), mix(kInterface);
  return hash;
}

}  // namespace fettle

extern "C" {

struct FettleDeviceInfo {
  char name[128];
  char architecture[16];  // sm_90
  char driver[64];        // version of the driver, or a word on what stands in for it
  char tuning_file[512];  // where `fettle bench --tune` keeps what it measured on this device
  uint64_t memory_bytes, free_bytes;
  int32_t multiprocessors;
};

/// Every function gives 0, or 1 and leaves what went wrong in last_error of the calling thread.
struct FettleDeviceLibrary {
  uint64_t layout;
  int (*count)(int32_t* devices);
  int (*open)(int32_t ordinal, void** device);
  void (*close)(void* device);
  int (*info)(void* device, FettleDeviceInfo* info);
  int (*allocate)(void* device, size_t bytes, void** data);
  void (*release)(void* device, void* data, size_t bytes);
  int (*upload)(void* device, void* to, const void* from, size_t bytes);
  int (*download)(void* device, void* to, const void* from, size_t bytes);
  int (*zero)(void* device, void* data, size_t bytes);
  /// `op` points to the argument struct with this place in FETTLE_OPS; its tensors lie on the device.
  int (*run)(void* device, int32_t id, const void* op);
  /// Writes to `text` the ways to run an op that are worth measuring, as FETTLE_CUDA_CONFIG takes them, with spaces between; nothing where
  /// there is only one.
  int (*plans)(void* device, int32_t id, const void* op, char* text, size_t bytes);
  /// Waits for everything that was started; an error of an earlier op appears here at the latest.
  int (*synchronize)(void* device);
  /// From here to end_capture, ops and zeroings are captured instead of done; *begun is 0 when graphs are off.
  int (*begin_capture)(void* device, int32_t* begun);
  /// *graph is null when there is no memory for it.
  int (*end_capture)(void* device, void** graph);
  /// *launched is 0 when scratch memory has moved since the capture: the graph is of no use any more.
  int (*launch_graph)(void* device, void* graph, int32_t* launched);
  void (*release_graph)(void* device, void* graph);
  void (*last_error)(const char** code, const char** message, const char** hint);
};

typedef const FettleDeviceLibrary* (*FettleDeviceLibraryEntry)();
}

/// The name of the one exported function.
inline constexpr const char* kDeviceLibraryEntry = "fettle_device_library";
