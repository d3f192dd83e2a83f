#pragma once
#include <napi.h>

namespace fettle::napi {

/// cpuInfo(): the tier in use, those that this machine can run, and the pool's threads.
Napi::Value cpu_info(const Napi::CallbackInfo& info);
Napi::Value set_threads(const Napi::CallbackInfo& info);
/// measureCeilings({ threads, seconds }): what the tier in use can reach here (CeilingSamples of src/native/types.ts).
Napi::Value measure_ceilings(const Napi::CallbackInfo& info);

}  // namespace fettle::napi
