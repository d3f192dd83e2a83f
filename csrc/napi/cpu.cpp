#include "napi/cpu.h"

#include <memory>

#include "backend/cpu/ceilings.h"
#include "backend/cpu/cpu.h"
#include "core/thread_pool.h"
#include "napi/async.h"

namespace fettle::napi {

Napi::Value cpu_info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Object o = Napi::Object::New(info.Env());
    o.Set("isa", std::string(cpu::default_tier().name));
    Napi::Array tiers = Napi::Array::New(info.Env());
    for (const std::string& t : cpu::available_tiers()) tiers.Set(tiers.Length(), Napi::String::New(info.Env(), t));
    o.Set("available", tiers);
    o.Set("threads", ThreadPool::instance().threads());
    return o;
  });
}

Napi::Value set_threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsNumber() && info[0].As<Napi::Number>().Int32Value() >= 1,
            "setThreads(n) needs a positive number");
    ThreadPool::instance().set_threads(info[0].As<Napi::Number>().Int32Value());
    return info.Env().Undefined();
  });
}

Napi::Value measure_ceilings(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsObject(), "measureCeilings(options) expected");
    const Napi::Object options = info[0].As<Napi::Object>();
    const int threads = int(get_number(options, "threads"));
    const double seconds = get_number(options, "seconds");
    require(threads >= 1 && threads <= 256 && seconds > 0, "threads must be from 1 to 256 and seconds positive");
    auto found = std::make_shared<cpu::Ceilings>();
    return Task::start(
        info.Env(),
        [&probe = cpu::probe(cpu::default_tier().name), threads, seconds, found] {
          *found = cpu::measure_ceilings(probe, threads, seconds);
        },
        [found](Napi::Env env) -> Napi::Value {
          Napi::Object o = Napi::Object::New(env);
          for (const auto& [key, samples] :
               {std::pair{"f32", &found->f32}, {"bf16", &found->bf16}, {"read", &found->read}, {"copy", &found->copy}}) {
            Napi::Float64Array list = Napi::Float64Array::New(env, samples->size());
            std::copy(samples->begin(), samples->end(), list.Data());
            o.Set(key, list);
          }
          return o;
        });
  });
}

}  // namespace fettle::napi
