#include "napi/model_results.h"

#include "napi/convert.h"

namespace fettle::napi {

Napi::Object loss_to_js(Napi::Env env, const BatchLoss& loss) {
  const size_t n = loss.loss_sum.size();
  Napi::Float64Array sums = Napi::Float64Array::New(env, n);
  Napi::Int32Array counts = Napi::Int32Array::New(env, n);
  for (size_t i = 0; i < n; ++i) {
    sums[i] = loss.loss_sum[i];
    counts[i] = loss.supervised[i];
  }
  Napi::Object o = Napi::Object::New(env);
  o.Set("loss_sum", sums);
  o.Set("supervised", counts);
  return o;
}

Napi::Array shape_to_js(Napi::Env env, const std::vector<int64_t>& shape) {
  Napi::Array list = Napi::Array::New(env, shape.size());
  for (size_t i = 0; i < shape.size(); ++i) list.Set(uint32_t(i), double(shape[i]));
  return list;
}

Napi::Array timings_to_js(Napi::Env env, const std::vector<OpTiming>& timings) {
  Napi::Array list = Napi::Array::New(env);
  for (const OpTiming& t : timings) {
    Napi::Object o = cost_to_js(env, t.cost);
    o.Set("op", t.op);
    o.Set("calls", double(t.calls));
    o.Set("seconds", t.seconds);
    list.Set(list.Length(), o);
  }
  return list;
}

}  // namespace fettle::napi
