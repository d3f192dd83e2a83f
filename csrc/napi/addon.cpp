#include <napi.h>

#include "napi/cpu.h"
#include "napi/device.h"
#include "napi/model.h"
#include "napi/ops.h"
#include "napi/process.h"

namespace fettle::napi {
namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  define_model(env);
  exports.Set("version", "0.1.0");
  exports.Set("cpuInfo", Napi::Function::New(env, cpu_info, "cpuInfo"));
  exports.Set("deviceReport", Napi::Function::New(env, device_report, "deviceReport"));
  exports.Set("setThreads", Napi::Function::New(env, set_threads, "setThreads"));
  exports.Set("measureCeilings", Napi::Function::New(env, measure_ceilings, "measureCeilings"));
  exports.Set("blocksTaken", Napi::Function::New(env, blocks_taken, "blocksTaken"));
  exports.Set("exitNow", Napi::Function::New(env, exit_now, "exitNow"));
  exports.Set("lockFile", Napi::Function::New(env, lock_file, "lockFile"));
  exports.Set("createModel", Napi::Function::New(env, create_model, "createModel"));
  exports.Set("runOp", Napi::Function::New(env, run_op, "runOp"));
  exports.Set("opPlans", Napi::Function::New(env, op_plans, "opPlans"));
  exports.Set("opCost", Napi::Function::New(env, op_cost, "opCost"));
  exports.Set("timeOp", Napi::Function::New(env, time_op, "timeOp"));
  exports.Set("opNames", Napi::Function::New(env, op_names, "opNames"));
  return exports;
}

}  // namespace
}  // namespace fettle::napi

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return fettle::napi::init(env, exports); }
NODE_API_MODULE(fettle, Init)
