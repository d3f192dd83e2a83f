#pragma once
#include <napi.h>

#include <string>

#include "ops/op.h"

namespace fettle::napi {

/// Where a model runs: cpu, cuda, cuda:N, simt, or auto, which takes a GPU where there is one.
Context context_of_device(const std::string& device);
/// The same for a single op: also a tier of the CPU by name; "" is the CPU's best. Devices stay open.
Context context_of_place(const std::string& place);

/// deviceReport(kind): what a search for the devices of a kind found.
Napi::Value device_report(const Napi::CallbackInfo& info);

}  // namespace fettle::napi
