#pragma once
#include <napi.h>

namespace fettle::napi {

/// runOp(name, args, place?): any op of csrc/ops on typed arrays, synchronously (for tests, benchmarks and tools).
Napi::Value run_op(const Napi::CallbackInfo& info);
/// timeOp(name, args, runs, place?): seconds of one run, the mean of `runs` after one that is not counted; copies are left out.
Napi::Value time_op(const Napi::CallbackInfo& info);
/// opPlans(name, args, place): the ways to run an op on a device that are worth measuring, as FETTLE_CUDA_CONFIG takes them.
Napi::Value op_plans(const Napi::CallbackInfo& info);
/// opCost(name, args): the least that a call asks of a machine (OpCost).
Napi::Value op_cost(const Napi::CallbackInfo& info);
Napi::Value op_names(const Napi::CallbackInfo& info);

}  // namespace fettle::napi
