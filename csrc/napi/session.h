#pragma once
#include <napi.h>

#include <memory>

#include "model/model.h"

namespace fettle::napi {

/// Sequences that generate together (NativeSession). It keeps the model alive.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Session(const Napi::CallbackInfo& info);
  void attach(std::shared_ptr<Model> model, int64_t tokens, int64_t sequences);

 private:
  Generation& generation() const;
  Napi::Value add(const Napi::CallbackInfo& info);
  Napi::Value remove(const Napi::CallbackInfo& info);
  Napi::Value length(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value release(const Napi::CallbackInfo& info);
  std::shared_ptr<Model> model_;
  std::shared_ptr<Generation> generation_;
};

}  // namespace fettle::napi
