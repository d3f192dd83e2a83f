#include "napi/model.h"

#include <functional>

#include "backend/cpu/cpu.h"
#include "napi/async.h"
#include "napi/device.h"
#include "napi/model_arguments.h"
#include "napi/model_results.h"
#include "napi/session.h"

namespace fettle::napi {
namespace {

/// Constructors, one set per environment.
struct Classes {
  Napi::FunctionReference model, session;
};

class ModelWrap : public Napi::ObjectWrap<ModelWrap> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Model",
                       {
                           InstanceMethod<&ModelWrap::parameters>("parameters"),
                           InstanceMethod<&ModelWrap::load>("load"),
                           InstanceMethod<&ModelWrap::finish_loading>("finishLoading"),
                           InstanceMethod<&ModelWrap::add_lora>("addLora"),
                           InstanceMethod<&ModelWrap::remove_lora>("removeLora"),
                           InstanceMethod<&ModelWrap::keep_lora>("keepLora"),
                           InstanceMethod<&ModelWrap::drop_adapter>("dropAdapter"),
                           InstanceMethod<&ModelWrap::train_all>("trainAll"),
                           InstanceMethod<&ModelWrap::trainables>("trainables"),
                           InstanceAccessor<&ModelWrap::trainable_size>("trainableSize"),
                           InstanceMethod<&ModelWrap::read_trainables>("readTrainables"),
                           InstanceMethod<&ModelWrap::write_trainables>("writeTrainables"),
                           InstanceMethod<&ModelWrap::set_optimizer>("setOptimizer"),
                           InstanceMethod<&ModelWrap::optimizer_state>("optimizerState"),
                           InstanceMethod<&ModelWrap::read_optimizer>("readOptimizerState"),
                           InstanceMethod<&ModelWrap::write_optimizer>("writeOptimizerState"),
                           InstanceMethod<&ModelWrap::set_checkpointing>("setActivationCheckpointing"),
                           InstanceMethod<&ModelWrap::reserve>("reserve"),
                           InstanceMethod<&ModelWrap::training_memory>("trainingMemory"),
                           InstanceMethod<&ModelWrap::zero_grad>("zeroGrad"),
                           InstanceMethod<&ModelWrap::forward_backward>("forwardBackward"),
                           InstanceMethod<&ModelWrap::losses>("losses"),
                           InstanceMethod<&ModelWrap::optimizer_step>("optimizerStep"),
                           InstanceMethod<&ModelWrap::evaluate>("evaluate"),
                           InstanceMethod<&ModelWrap::logits>("logits"),
                           InstanceMethod<&ModelWrap::mean_hidden>("meanHidden"),
                           InstanceMethod<&ModelWrap::first_non_finite>("firstNonFinite"),
                           InstanceMethod<&ModelWrap::create_session>("createSession"),
                           InstanceMethod<&ModelWrap::memory>("memory"),
                           InstanceAccessor<&ModelWrap::graph_launches>("graphLaunches"),
                           InstanceMethod<&ModelWrap::set_profiling>("setProfiling"),
                           InstanceMethod<&ModelWrap::take_profile>("takeProfile"),
                           InstanceMethod<&ModelWrap::release>("free"),
                       });
  }

  explicit ModelWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ModelWrap>(info) {
    guarded(info.Env(), [&] {
      require(info.Length() == 2 && info[0].IsObject() && info[1].IsObject(), "createModel(config, options) expected");
      const Napi::Object o = info[1].As<Napi::Object>();
      const std::string device = get_string(o, "device"), dtype = get_string(o, "compute_dtype"),
                        quantization = get_string(o, "quantization");
      require(dtype == "bf16" || dtype == "f32", "compute_dtype must be bf16 or f32");
      require(quantization == "nf4" || quantization == "none", "quantization must be nf4 or none");
      model_ = std::make_shared<Model>(read_config(info[0].As<Napi::Object>()),
                                       ParameterOptions{quantization == "nf4", dtype == "bf16" ? DType::BF16 : DType::F32}, cpu::context(),
                                       context_of_device(device));
    });
  }

  void Finalize(Napi::Env env) override {
    model_.reset();
    tell_collector(env);
  }

 private:
  /// The engine object, or an error after free().
  std::shared_ptr<Model> model() const {
    require(model_ != nullptr, "the model was freed");
    return model_;
  }
  /// JavaScript's garbage collector sees a small object: what hangs on it makes it collect in time.
  void tell_collector(Napi::Env env) {
    int64_t held = 0;
    if (model_)
      for (const auto& [what, bytes] : model_->memory()) held += int64_t(bytes);
    Napi::MemoryManagement::AdjustExternalMemory(env, held - told_);
    told_ = held;
  }
  template <class F>
  static Napi::Value sync(const Napi::CallbackInfo& info, F&& f) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      f();
      return info.Env().Undefined();
    });
  }
  /// Off the JavaScript thread; a promise of nothing.
  static Napi::Value start(const Napi::CallbackInfo& info, std::function<void()> work, const std::vector<Napi::Object>& keep = {}) {
    return Task::start(info.Env(), std::move(work), [](Napi::Env env) { return env.Undefined(); }, keep);
  }
  static Napi::Object object_at(const Napi::CallbackInfo& info, size_t i, const char* what) {
    require(info.Length() > i && info[i].IsObject(), std::string(what) + " must be an object");
    return info[i].As<Napi::Object>();
  }

  Napi::Value parameters(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      Napi::Array list = Napi::Array::New(info.Env());
      for (const auto& p : model()->parameters().list()) {
        Napi::Object o = Napi::Object::New(info.Env());
        o.Set("name", p->name);
        o.Set("shape", shape_to_js(info.Env(), p->shape));
        o.Set("linear", p->linear);
        list.Set(list.Length(), o);
      }
      return list;
    });
  }

  Napi::Value load(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      require(info.Length() == 2 && info[0].IsString(), "load(name, source) expected");
      const std::string name = info[0].As<Napi::String>();
      const Napi::Object source = object_at(info, 1, "source");
      if (!source.Get("nf4").IsUndefined()) return start(info, [m = model(), name, s = read_stored_nf4(source)] { m->load(name, s); });
      if (!source.Get("random").IsUndefined())
        return start(info, [m = model(), name, r = read_random_weight(source)] { m->load(name, r); });
      return start(info, [m = model(), name, s = read_stored_tensor(source)] { m->load(name, s); });
    });
  }

  Napi::Value finish_loading(const Napi::CallbackInfo& info) {
    return sync(info, [&] { model()->finish_loading(), tell_collector(info.Env()); });
  }
  Napi::Value add_lora(const Napi::CallbackInfo& info) {
    return sync(info, [&] { model()->add_lora(read_lora_options(object_at(info, 0, "options"))), tell_collector(info.Env()); });
  }
  Napi::Value remove_lora(const Napi::CallbackInfo& info) {
    return sync(info, [&] { model()->remove_lora(); });
  }
  Napi::Value keep_lora(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return Napi::Number::New(info.Env(), model()->keep_lora()); });
  }
  Napi::Value drop_adapter(const Napi::CallbackInfo& info) {
    return sync(info, [&] {
      require(info.Length() == 1 && info[0].IsNumber(), "dropAdapter(adapter) expected");
      model()->drop_adapter(info[0].As<Napi::Number>().Int32Value());
    });
  }
  Napi::Value train_all(const Napi::CallbackInfo& info) {
    return sync(info, [&] { model()->train_all(), tell_collector(info.Env()); });
  }

  Napi::Value trainables(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      Napi::Array list = Napi::Array::New(info.Env());
      for (const Trainables::Entry& e : model()->trainables().entries()) {
        Napi::Object o = Napi::Object::New(info.Env());
        o.Set("name", e.name);
        o.Set("shape", shape_to_js(info.Env(), e.shape));
        o.Set("offset", double(e.offset));
        list.Set(list.Length(), o);
      }
      return list;
    });
  }
  Napi::Value trainable_size(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return Napi::Number::New(info.Env(), double(model()->trainables().size())); });
  }

  Napi::Value read_trainables(const Napi::CallbackInfo& info) { return move_trainables(info, false); }
  Napi::Value write_trainables(const Napi::CallbackInfo& info) { return move_trainables(info, true); }
  Napi::Value move_trainables(const Napi::CallbackInfo& info, bool write) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      require(info.Length() >= 2 && info[0].IsString() && info[1].IsTypedArray(), "(kind, values: Float32Array, offset?) expected");
      require(info[1].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array, "values must be a Float32Array");
      const std::string kind = info[0].As<Napi::String>();
      const Napi::Float32Array values = info[1].As<Napi::Float32Array>();
      const int64_t offset = info.Length() > 2 && info[2].IsNumber() ? info[2].As<Napi::Number>().Int64Value() : 0;
      float* data = const_cast<Napi::Float32Array&>(values).Data();
      const int64_t count = int64_t(values.ElementLength());
      auto move = [m = model(), kind, data, count, offset, write] {
        write ? m->write_trainables(kind, data, offset, count) : m->read_trainables(kind, data, offset, count);
      };
      return start(info, move, {info[1].As<Napi::Object>()});
    });
  }

  Napi::Value set_optimizer(const Napi::CallbackInfo& info) {
    return sync(info, [&] {
      require(info.Length() == 1 && info[0].IsString(), "setOptimizer(name) expected");
      model()->set_optimizer(parse_optimizer(info[0].As<Napi::String>()));
    });
  }
  Napi::Value optimizer_state(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      Napi::Array list = Napi::Array::New(info.Env());
      for (const OptimizerState::Part& part : model()->optimizer_parts()) {
        Napi::Object o = Napi::Object::New(info.Env());
        o.Set("name", part.name);
        o.Set("shape", shape_to_js(info.Env(), part.shape));
        o.Set("dtype", dtype_name(part.values.dtype));
        list.Set(list.Length(), o);
      }
      return list;
    });
  }
  Napi::Value read_optimizer(const Napi::CallbackInfo& info) { return move_optimizer(info, false); }
  Napi::Value write_optimizer(const Napi::CallbackInfo& info) { return move_optimizer(info, true); }
  Napi::Value move_optimizer(const Napi::CallbackInfo& info, bool write) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      require(info.Length() == 2 && info[0].IsString() && info[1].IsTypedArray(), "(name, values: typed array) expected");
      const std::string name = info[0].As<Napi::String>();
      const Napi::TypedArray values = info[1].As<Napi::TypedArray>();
      uint8_t* data = static_cast<uint8_t*>(values.ArrayBuffer().Data()) + values.ByteOffset();
      auto move = [m = model(), name, data, bytes = values.ByteLength(), write] {
        write ? m->write_optimizer(name, data, bytes) : m->read_optimizer(name, data, bytes);
      };
      return start(info, move, {info[1].As<Napi::Object>()});
    });
  }

  Napi::Value set_checkpointing(const Napi::CallbackInfo& info) {
    return sync(info, [&] {
      require(info.Length() == 1 && info[0].IsString(), "setActivationCheckpointing(mode) expected");
      model()->set_checkpointing(parse_checkpointing(info[0].As<Napi::String>()));
    });
  }
  Napi::Value reserve(const Napi::CallbackInfo& info) {
    return sync(info, [&] {
      require(info.Length() == 1 && info[0].IsNumber(), "reserve(tokens) expected");
      model()->reserve(info[0].As<Napi::Number>().Int64Value());
      tell_collector(info.Env());
    });
  }
  Napi::Value training_memory(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const TrainingMemory m = model()->training_memory(read_training_request(object_at(info, 0, "request")));
      Napi::Object o = Napi::Object::New(info.Env());
      o.Set("weights", double(m.weights));
      o.Set("trainables", double(m.trainables));
      o.Set("activations", double(m.activations));
      return o;
    });
  }
  Napi::Value zero_grad(const Napi::CallbackInfo& info) {
    return sync(info, [&] { model()->zero_grad(); });
  }

  Napi::Value forward_backward(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto batch = std::make_shared<Batch>(read_batch(object_at(info, 0, "batch")));
      return start(info,
                   [m = model(), batch, o = read_train_batch_options(object_at(info, 1, "options"))] { m->forward_backward(*batch, o); });
    });
  }

  Napi::Value losses(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto losses = std::make_shared<BatchLoss>();
      return Task::start(
          info.Env(), [m = model(), losses] { *losses = m->losses(); }, [losses](Napi::Env env) { return loss_to_js(env, *losses); });
    });
  }

  Napi::Value optimizer_step(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto made = std::make_shared<StepResult>();
      return Task::start(
          info.Env(), [m = model(), made, o = read_adamw_options(object_at(info, 0, "options"))] { *made = m->optimizer_step(o); },
          [made](Napi::Env env) {
            Napi::Object o = loss_to_js(env, made->losses);
            o.Set("grad_norm", made->grad_norm);
            return o;
          });
    });
  }

  Napi::Value first_non_finite(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto batch = std::make_shared<Batch>(read_batch(object_at(info, 0, "batch")));
      auto name = std::make_shared<std::string>();
      return Task::start(
          info.Env(),
          [m = model(), batch, name, o = read_train_batch_options(object_at(info, 1, "options"))] {
            *name = m->first_non_finite(*batch, o);
          },
          [name](Napi::Env env) -> Napi::Value { return name->empty() ? env.Null() : Napi::Value(Napi::String::New(env, *name)); });
    });
  }

  Napi::Value evaluate(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto batch = std::make_shared<Batch>(read_batch(object_at(info, 0, "batch")));
      auto loss = std::make_shared<BatchLoss>();
      return Task::start(
          info.Env(), [m = model(), batch, loss] { *loss = m->evaluate(*batch); },
          [loss](Napi::Env env) { return loss_to_js(env, *loss); });
    });
  }

  Napi::Value logits(const Napi::CallbackInfo& info) {
    const std::shared_ptr<Model> m = model();
    return filled(
        info, [m](const Batch& batch) { return batch.tokens() * m->config().vocab_size; },
        [m](Batch& batch, float* out) { m->logits(batch, out); });
  }

  Napi::Value mean_hidden(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      const std::shared_ptr<Model> m = model();
      require(info.Length() == 2 && info[1].IsNumber(), "meanHidden(batch, depth) expected");
      const int32_t depth = info[1].As<Napi::Number>().Int32Value();
      return filled(
          info, [m](const Batch& batch) { return batch.sequences() * m->config().hidden_size; },
          [m, depth](Batch& batch, float* out) { m->mean_hidden(batch, depth, out); });
    });
  }

  /// A Float32Array of as many elements as `size` says, filled by `fill` off the JavaScript thread.
  Napi::Value filled(const Napi::CallbackInfo& info, const std::function<int64_t(const Batch&)>& size,
                     const std::function<void(Batch&, float*)>& fill) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto batch = std::make_shared<Batch>(read_batch(object_at(info, 0, "batch")));
      Napi::Float32Array out = Napi::Float32Array::New(info.Env(), size_t(size(*batch)));
      auto reference = std::make_shared<Napi::ObjectReference>(Napi::Persistent(out.As<Napi::Object>()));
      return Task::start(
          info.Env(), [batch, data = out.Data(), fill] { fill(*batch, data); },
          [reference](Napi::Env) -> Napi::Value {
            const Napi::Value v = reference->Value();
            reference->Reset();
            return v;
          });
    });
  }

  Napi::Value create_session(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      require(info.Length() >= 1 && info[0].IsNumber(), "createSession(tokens, sequences?) expected");
      const int64_t sequences = info.Length() > 1 && info[1].IsNumber() ? info[1].As<Napi::Number>().Int64Value() : 1;
      Napi::Object o = info.Env().GetInstanceData<Classes>()->session.New({});
      Session::Unwrap(o)->attach(model(), info[0].As<Napi::Number>().Int64Value(), sequences);
      return o;
    });
  }

  Napi::Value memory(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      Napi::Object o = Napi::Object::New(info.Env());
      for (const auto& [what, bytes] : model()->memory()) o.Set(what, double(bytes));
      return o;
    });
  }

  Napi::Value graph_launches(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return Napi::Number::New(info.Env(), double(model()->graph_launches())); });
  }

  Napi::Value set_profiling(const Napi::CallbackInfo& info) {
    return sync(info, [&] {
      require(info.Length() == 1 && info[0].IsBoolean(), "setProfiling(on) expected");
      model()->set_profiling(info[0].As<Napi::Boolean>());
    });
  }
  Napi::Value take_profile(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return timings_to_js(info.Env(), model()->take_profile()); });
  }

  Napi::Value release(const Napi::CallbackInfo& info) {
    model_.reset();
    tell_collector(info.Env());
    return info.Env().Undefined();
  }

  std::shared_ptr<Model> model_;
  int64_t told_ = 0;
};

}  // namespace

Napi::Value create_model(const Napi::CallbackInfo& info) {
  std::vector<napi_value> args;
  for (size_t i = 0; i < info.Length(); ++i) args.push_back(info[i]);
  return info.Env().GetInstanceData<Classes>()->model.New(args);
}

void define_model(Napi::Env env) {
  auto* classes = new Classes;
  classes->model = Napi::Persistent(ModelWrap::define(env));
  classes->session = Napi::Persistent(Session::define(env));
  env.SetInstanceData(classes);  // freed with the environment
}

}  // namespace fettle::napi
