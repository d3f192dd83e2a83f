#include <napi.h>

#include <cstdlib>

#include "backend/cpu/cpu.h"
#include "backend/library/device.h"
#include "core/thread_pool.h"
#include "napi/convert.h"
#include "napi/model.h"
#include "napi/ops.h"

namespace fettle::napi {
namespace {

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

Napi::Value device_report(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsString(), "deviceReport(kind) needs cuda or simt");
    const std::string kind = info[0].As<Napi::String>();
    const DeviceReport report = probe_devices(kind);
    Napi::Object o = Napi::Object::New(info.Env());
    o.Set("built", report.built);
    o.Set("problem", report.problem);
    o.Set("hint", report.hint);
    Napi::Array devices = Napi::Array::New(info.Env());
    for (int32_t i = 0; i < report.devices; ++i) {
      const FettleDeviceInfo d = device_info(open_device(kind + ":" + std::to_string(i)));
      Napi::Object device = Napi::Object::New(info.Env());
      device.Set("name", std::string(d.name));
      device.Set("architecture", std::string(d.architecture));
      device.Set("driver", std::string(d.driver));
      device.Set("memory_bytes", double(d.memory_bytes));
      device.Set("free_bytes", double(d.free_bytes));
      device.Set("multiprocessors", d.multiprocessors);
      devices.Set(uint32_t(i), device);
    }
    o.Set("devices", devices);
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

/// Node's own exit waits for the work that its threads are doing, which may be a long micro-batch.
Napi::Value exit_now(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 1 && info[0].IsNumber(), "exitNow(code) needs a number");
    std::_Exit(info[0].As<Napi::Number>().Int32Value());
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  define_model(env);
  exports.Set("version", "0.1.0");
  exports.Set("cpuInfo", Napi::Function::New(env, cpu_info, "cpuInfo"));
  exports.Set("deviceReport", Napi::Function::New(env, device_report, "deviceReport"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("exitNow", Napi::Function::New(env, exit_now, "exitNow"));
  exports.Set("createModel", Napi::Function::New(env, create_model, "createModel"));
  exports.Set("runOp", Napi::Function::New(env, run_op, "runOp"));
  exports.Set("opNames", Napi::Function::New(env, op_names, "opNames"));
  return exports;
}

}  // namespace
}  // namespace fettle::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return fettle::napi::init(env, exports); }
NODE_API_MODULE(fettle, Init)
