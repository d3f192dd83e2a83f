#include "napi/session.h"

#include "napi/async.h"
#include "napi/model_arguments.h"

namespace fettle::napi {

Napi::Function Session::define(Napi::Env env) {
  return DefineClass(
      env, "Session",
      {InstanceMethod<&Session::step>("step"), InstanceAccessor<&Session::length>("length"), InstanceMethod<&Session::release>("free")});
}

Session::Session(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Session>(info) {}

void Session::attach(std::shared_ptr<Model> model, int64_t tokens) {
  cache_ = model->new_cache(tokens);
  model_ = std::move(model);
}

Napi::Value Session::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(cache_ != nullptr, "the session was freed");
    require(info.Length() >= 2 && info[0].IsTypedArray() && info[1].IsObject(), "step(ids: Int32Array, sampling, logits?) expected");
    const Napi::TypedArray a = info[0].As<Napi::TypedArray>();
    require(a.TypedArrayType() == napi_int32_array, "ids must be an Int32Array");
    const Napi::Int32Array array = info[0].As<Napi::Int32Array>();
    std::vector<int32_t> ids(array.Data(), array.Data() + array.ElementLength());
    const Sampling sampling = read_sampling(info[1].As<Napi::Object>());
    float* out = nullptr;
    std::vector<Napi::Object> keep = {info.This().As<Napi::Object>()};
    if (info.Length() > 2 && info[2].IsTypedArray()) {
      const Napi::TypedArray l = info[2].As<Napi::TypedArray>();
      require(l.TypedArrayType() == napi_float32_array && int64_t(l.ElementLength()) == model_->config().vocab_size,
              "logits must be a Float32Array of vocab_size");
      out = info[2].As<Napi::Float32Array>().Data();
      keep.push_back(info[2].As<Napi::Object>());
    }
    auto next = std::make_shared<int32_t>(0);
    return Task::start(
        info.Env(),
        [model = model_, cache = cache_, ids = std::move(ids), sampling, out, next] { *next = model->step(*cache, ids, sampling, out); },
        [next](Napi::Env env) { return Napi::Number::New(env, *next); }, keep);
  });
}

Napi::Value Session::length(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), cache_ ? double(cache_->length) : 0); }

Napi::Value Session::release(const Napi::CallbackInfo& info) {
  cache_.reset();
  model_.reset();
  return info.Env().Undefined();
}

}  // namespace fettle::napi
