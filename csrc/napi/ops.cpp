#include "napi/ops.h"

#include <chrono>
#include <cmath>
#include <deque>

#include "backend/cpu/cpu.h"
#include "backend/library/device.h"
#include "backend/library/staged_op.h"
#include "core/nf4.h"
#include "core/thread_pool.h"
#include "napi/convert.h"
#include "napi/device.h"
#include "ops/check.h"

namespace fettle::napi {
namespace {

DType parse_dtype(const std::string& name) {
  for (DType t : {DType::F32, DType::BF16, DType::F16, DType::F64, DType::I32, DType::U32, DType::U8, DType::NF4})
    if (name == dtype_name(t)) return t;
  throw Error("FETTLE_INVALID_ARGUMENT", "'" + name + "' is no dtype; expected f32, bf16, f16, f64, i32, u32, u8 or nf4");
}

/// Fills an op's fields from the object's members of the same names.
class FieldReader {
 public:
  explicit FieldReader(Napi::Object args) : args_(args) {}

  void operator()(const char* key, Tensor& t) {
    const Napi::Value v = args_.Get(key);
    if (v.IsUndefined() || v.IsNull()) return;
    require(v.IsObject(), std::string("'") + key + "' must be a tensor { data, dtype, shape }");
    t = tensor(v.As<Napi::Object>(), key);
  }
  template <class N>
  void operator()(const char* key, N& number) {
    if (args_.Get(key).IsUndefined()) return;
    number = N(get_number(args_, key));
  }

 private:
  static std::pair<uint8_t*, size_t> bytes(const Napi::Object& o, const char* key) {
    const Napi::Value v = get(o, key);
    require(v.IsTypedArray(), std::string("'") + key + "' must be a typed array");
    const Napi::TypedArray a = v.As<Napi::TypedArray>();
    return {static_cast<uint8_t*>(a.ArrayBuffer().Data()) + a.ByteOffset(), a.ByteLength()};
  }

  Tensor tensor(const Napi::Object& o, const char* key) {
    Tensor t;
    const auto [data, size] = bytes(o, "data");
    t.dtype = parse_dtype(get_string(o, "dtype"));
    const std::vector<int32_t> shape = get_int_list(o, "shape");
    require(shape.size() == 1 || shape.size() == 2, std::string("'") + key + "': shape must be [n] or [rows, cols]");
    t.rows = shape.size() == 2 ? shape[0] : 1;
    t.cols = shape.back();
    t.ld = int64_t(get_number_or(o, "ld", double(t.cols)));
    require(t.rows >= 0 && t.cols >= 0 && t.ld >= t.cols,
            std::string("'") + key + "': sizes must not be negative, ld at least the columns");
    const int64_t elements = t.rows > 0 ? (t.rows - 1) * t.ld + t.cols : 0;
    const size_t need = t.dtype == DType::NF4 ? size_t(t.size() + 1) / 2 : size_t(elements) * element_size(t.dtype);
    require(size >= need,
            std::string("'") + key + "': data holds " + std::to_string(size) + " bytes, the shape needs " + std::to_string(need));
    t.data = data;
    if (t.dtype == DType::NF4) {
      require(t.ld == t.cols, std::string("'") + key + "': an nf4 tensor is contiguous");
      t.nf4 = scales(get_object(o, "nf4"), (t.size() + 63) / 64);
    }
    return t;
  }

  const Nf4Scales* scales(const Napi::Object& o, int64_t blocks) {
    Nf4Scales& s = scales_.emplace_back();
    if (!o.Get("absmax").IsUndefined()) {
      const auto [p, n] = bytes(o, "absmax");
      require(n >= size_t(blocks) * 4, "nf4.absmax is too short");
      s.absmax = reinterpret_cast<const float*>(p);
      return &s;
    }
    const auto [codes, n] = bytes(o, "codes");
    const auto [absmax2, n2] = bytes(o, "absmax2");
    require(n >= size_t(blocks) && n2 >= size_t((blocks + 255) / 256) * 4, "nf4.codes or nf4.absmax2 is too short");
    s.codes = codes;
    s.absmax2 = reinterpret_cast<const float*>(absmax2);
    s.map = signed_dynamic_map();
    s.offset = float(get_number(o, "offset"));
    return &s;
  }

  Napi::Object args_;
  std::deque<Nf4Scales> scales_;
};

/// Calls f with the op that `name` names, its fields filled in from `args`.
template <class F>
void with_op(const std::string& name, const Napi::Object& args, F&& f) {
  bool found = false;
#define X(Op)                 \
  if (name == Op::name) {     \
    Op op;                    \
    FieldReader reader(args); \
    Op::fields(op, reader);   \
    f(op);                    \
    found = true;             \
  }
  FETTLE_OPS(X)
#undef X
  require(found, "'" + name + "' is no op; see opNames()");
}

/// The op with its tensors on the context's memory; they come back when it goes out of scope.
template <class Op, class F>
void with_staged(Context& context, Op& op, F&& f) {
  if (context.memory->on_host()) return f(op);
  check(op);
  check_indices(op);
  StagedOp staged(*context.memory);
  Op::fields(op, staged);
  f(op);
  staged.download();
}

std::string place_at(const Napi::CallbackInfo& info, size_t i) {
  return info.Length() > i && info[i].IsString() ? std::string(info[i].As<Napi::String>()) : "";
}

}  // namespace

Napi::Value run_op(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() >= 2 && info[0].IsString() && info[1].IsObject(), "runOp(name, args, place?) expected");
    Context context = context_of_place(place_at(info, 2));
    with_op(info[0].As<Napi::String>(), info[1].As<Napi::Object>(),
            [&](auto& op) { with_staged(context, op, [&](const auto& there) { run(context, there); }); });
    return info.Env().Undefined();
  });
}

Napi::Value time_op(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() >= 3 && info[0].IsString() && info[1].IsObject() && info[2].IsNumber(),
            "timeOp(name, args, runs, place?) expected");
    const int runs = info[2].As<Napi::Number>().Int32Value();
    require(runs >= 1, "timeOp: at least one run");
    Context context = context_of_place(place_at(info, 3));
    double seconds = 0;
    with_op(info[0].As<Napi::String>(), info[1].As<Napi::Object>(), [&](auto& op) {
      with_staged(context, op, [&](const auto& there) {
        run(context, there);
        context.memory->finish();
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < runs; ++i) run(context, there);
        context.memory->finish();
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      });
    });
    return Napi::Number::New(info.Env(), seconds / runs);
  });
}

Napi::Value op_plans(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 3 && info[0].IsString() && info[1].IsObject() && info[2].IsString(), "opPlans(name, args, place) expected");
    Context context = context_of_place(place_at(info, 2));
    Napi::Array plans = Napi::Array::New(info.Env());
    if (context.memory->on_host()) return plans;
    with_op(info[0].As<Napi::String>(), info[1].As<Napi::Object>(), [&](auto& op) {
      with_staged(context, op, [&]<class Op>(const Op& there) {
        for (const std::string& plan : fettle::op_plans(context, detail::IdOf<Op>::value, &there))
          plans.Set(plans.Length(), Napi::String::New(info.Env(), plan));
      });
    });
    return plans;
  });
}

Napi::Value op_cost(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    require(info.Length() == 2 && info[0].IsString() && info[1].IsObject(), "opCost(name, args) expected");
    OpCost cost;
    with_op(info[0].As<Napi::String>(), info[1].As<Napi::Object>(), [&](const auto& op) { cost = cost_of(op, host_memory()); });
    return cost_to_js(info.Env(), cost);
  });
}

Napi::Value op_names(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  uint32_t i = 0;
#define X(Op) names.Set(i++, Napi::String::New(info.Env(), Op::name));
  FETTLE_OPS(X)
#undef X
  return names;
}

}  // namespace fettle::napi
