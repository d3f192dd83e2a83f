#pragma once
#include <napi.h>

#include <memory>

#include "model/model.h"

namespace fettle::napi {

/// One sequence with its KV cache (NativeSession). It keeps the model alive.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Session(const Napi::CallbackInfo& info);
  void attach(std::shared_ptr<Model> model, int64_t tokens);

 private:
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value length(const Napi::CallbackInfo& info);
  Napi::Value release(const Napi::CallbackInfo& info);
  std::shared_ptr<Model> model_;
  std::shared_ptr<KvCache> cache_;
};

}  // namespace fettle::napi
