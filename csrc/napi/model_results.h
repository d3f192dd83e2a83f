#pragma once
// The engine's structs, as the objects of src/native/types.ts.
#include <napi.h>

#include <vector>

#include "model/model.h"

namespace fettle::napi {

Napi::Object loss_to_js(Napi::Env env, const BatchLoss& loss);
Napi::Array shape_to_js(Napi::Env env, const std::vector<int64_t>& shape);
Napi::Array timings_to_js(Napi::Env env, const std::vector<OpTiming>& timings);

}  // namespace fettle::napi
