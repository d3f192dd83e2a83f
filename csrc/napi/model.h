#pragma once
#include <napi.h>

namespace fettle::napi {

/// createModel(config, options): a NativeModel of src/native/types.ts.
Napi::Value create_model(const Napi::CallbackInfo& info);
/// Defines the classes once per environment (main thread, each worker).
void define_model(Napi::Env env);

}  // namespace fettle::napi
