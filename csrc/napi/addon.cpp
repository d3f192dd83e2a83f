#include <napi.h>

#include <cstdlib>

#include "napi/convert.h"
#include "napi/cpu.h"
#include "napi/device.h"
#include "napi/model.h"
#include "napi/ops.h"

namespace fettle::napi {
namespace {

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
  exports.Set("measureCeilings", Napi::Function::New(env, measure_ceilings, "measureCeilings"));
  exports.Set("exitNow", Napi::Function::New(env, exit_now, "exitNow"));
  exports.Set("createModel", Napi::Function::New(env, create_model, "createModel"));
  exports.Set("runOp", Napi::Function::New(env, run_op, "runOp"));
  exports.Set("opCost", Napi::Function::New(env, op_cost, "opCost"));
  exports.Set("timeOp", Napi::Function::New(env, time_op, "timeOp"));
  exports.Set("opNames", Napi::Function::New(env, op_names, "opNames"));
  return exports;
}

}  // namespace
}  // namespace fettle::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return fettle::napi::init(env, exports); }
NODE_API_MODULE(fettle, Init)
