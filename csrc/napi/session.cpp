#include "napi/session.h"

#include "napi/async.h"
#include "napi/model_arguments.h"

namespace fettle::napi {
namespace {

int64_t number_at(const Napi::CallbackInfo& info, size_t i, const char* call) {
  require(info.Length() > i && info[i].IsNumber(), std::string(call) + " expected");
  return info[i].As<Napi::Number>().Int64Value();
}

}  // namespace

Napi::Function Session::define(Napi::Env env) {
  return DefineClass(
      env, "Session",
      {InstanceMethod<&Session::add>("add"), InstanceMethod<&Session::remove>("remove"), InstanceMethod<&Session::length>("length"),
       InstanceMethod<&Session::step>("step"), InstanceMethod<&Session::release>("free")});
}

Session::Session(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Session>(info) {}

void Session::attach(std::shared_ptr<Model> model, int64_t tokens, int64_t sequences) {
  generation_ = model->new_generation(tokens, sequences);
  model_ = std::move(model);
}

Generation& Session::generation() const {
  require(generation_ != nullptr, "the session was freed");
  return *generation_;
}

Napi::Value Session::add(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::optional<int32_t> sequence = generation().add(number_at(info, 0, "add(tokens)"));
    return sequence ? Napi::Value(Napi::Number::New(info.Env(), *sequence)) : info.Env().Null();
  });
}

Napi::Value Session::remove(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    generation().remove(int32_t(number_at(info, 0, "remove(sequence)")));
    return info.Env().Undefined();
  });
}

Napi::Value Session::length(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), double(generation().length(int32_t(number_at(info, 0, "length(sequence)")))));
  });
}

Napi::Value Session::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    generation();
    require(info.Length() >= 1 && info[0].IsArray(), "step(inputs, logits?) expected");
    std::vector<SequenceInput> inputs = read_sequence_inputs(info[0].As<Napi::Array>());
    float* out = nullptr;
    std::vector<Napi::Object> keep = {info.This().As<Napi::Object>()};
    if (info.Length() > 1 && info[1].IsTypedArray()) {
      const Napi::TypedArray l = info[1].As<Napi::TypedArray>();
      require(
          l.TypedArrayType() == napi_float32_array && int64_t(l.ElementLength()) == int64_t(inputs.size()) * model_->config().vocab_size,
          "logits must be a Float32Array of inputs x vocab_size");
      out = info[1].As<Napi::Float32Array>().Data();
      keep.push_back(info[1].As<Napi::Object>());
    }
    auto next = std::make_shared<std::vector<int32_t>>();
    return Task::start(
        info.Env(),
        [model = model_, generation = generation_, inputs = std::move(inputs), out, next] {
          *next = model->step(*generation, inputs, out);
        },
        [next](Napi::Env env) -> Napi::Value {
          Napi::Int32Array ids = Napi::Int32Array::New(env, next->size());
          std::copy(next->begin(), next->end(), ids.Data());
          return ids;
        },
        keep);
  });
}

Napi::Value Session::release(const Napi::CallbackInfo& info) {
  generation_.reset();
  model_.reset();
  return info.Env().Undefined();
}

}  // namespace fettle::napi
