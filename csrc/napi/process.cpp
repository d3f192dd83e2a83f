#include "napi/process.h"

#include <sys/file.h>

#include <cerrno>
#include <cstdlib>

#include "core/buffer.h"
#include "napi/convert.h"

namespace fettle::napi {

/// Node's own exit waits for the work that its threads are doing, which may be a long micro-batch.
Napi::Value exit_now(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsNumber(), "exitNow(code) needs a number");
    std::_Exit(info[0].As<Napi::Number>().Int32Value());
  });
}

/// False only when another has it: a file system without locks must not keep anybody from training.
Napi::Value lock_file(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsNumber(), "lockFile(descriptor) needs a number");
    const int descriptor = info[0].As<Napi::Number>().Int32Value();
    int result;
    do result = flock(descriptor, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    return Napi::Boolean::New(info.Env(), result == 0 || errno != EWOULDBLOCK);
  });
}

/// How many blocks of memory the engine has taken so far.
Napi::Value blocks_taken(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), double(Buffer::taken())); }

}  // namespace fettle::napi
