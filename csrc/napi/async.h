#pragma once
// A unit of engine work off the JavaScript thread, as a promise.
#include <napi.h>

#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "core/engine_thread.h"
#include "core/error.h"
#include "napi/convert.h"

namespace fettle::napi {

class Task : public Napi::AsyncWorker {
 public:
  /// Runs `work` on the engine's thread, for which a libuv thread waits; `result` makes the value on the JavaScript thread. `keep` are
  /// objects whose memory `work` uses.
  static Napi::Promise start(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result,
                             std::vector<Napi::Object> keep = {}) {
    auto* task = new Task(env, std::move(work), std::move(result), keep);
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
  }

 protected:
  void Execute() override {
    try {
      on_engine_thread(work_);
    } catch (const Error& e) {
      code_ = e.code();
      hint_ = e.hint();
      SetError(e.what());
    } catch (const std::bad_alloc&) {
      code_ = "FETTLE_MEMORY";
      SetError("out of memory");
    } catch (const std::exception& e) {
      code_ = "FETTLE_INTERNAL";
      SetError(e.what());
    }
  }
  void OnOK() override { deferred_.Resolve(result_(Env())); }
  void OnError(const Napi::Error& e) override { deferred_.Reject(to_js(Env(), code_, e.Message(), hint_).Value()); }

 private:
  Task(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result, const std::vector<Napi::Object>& keep)
      : Napi::AsyncWorker(env, "fettle"), deferred_(Napi::Promise::Deferred::New(env)), work_(std::move(work)), result_(std::move(result)) {
    for (const Napi::Object& o : keep) keep_.push_back(Napi::Persistent(o));
  }
  Napi::Promise::Deferred deferred_;
  std::function<void()> work_;
  std::function<Napi::Value(Napi::Env)> result_;
  std::vector<Napi::ObjectReference> keep_;
  std::string code_, hint_;
};

}  // namespace fettle::napi
