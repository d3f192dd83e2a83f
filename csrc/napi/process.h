#pragma once
// What Node itself cannot do for a process: end at once, hold a lock that dies with it, count what the engine took.
#include <napi.h>

namespace fettle::napi {

Napi::Value exit_now(const Napi::CallbackInfo& info);
Napi::Value lock_file(const Napi::CallbackInfo& info);
Napi::Value blocks_taken(const Napi::CallbackInfo& info);

}  // namespace fettle::napi
