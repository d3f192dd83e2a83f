#include "napi/convert.h"

namespace fettle::napi {

Napi::Error to_js(Napi::Env env, const std::string& code, const std::string& message, const std::string& hint) {
  Napi::Error e = Napi::Error::New(env, message);
  e.Set("code", Napi::String::New(env, code));
  e.Set("hint", Napi::String::New(env, hint));
  return e;
}

void require(bool ok, const std::string& message) {
  if (!ok) throw Error("FETTLE_INVALID_ARGUMENT", message);
}

Napi::Value get(const Napi::Object& o, const char* key) {
  const Napi::Value v = o.Get(key);
  require(!v.IsUndefined(), std::string("'") + key + "' is missing");
  return v;
}

double get_number(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsNumber(), std::string("'") + key + "' must be a number");
  return v.As<Napi::Number>().DoubleValue();
}

double get_number_or(const Napi::Object& o, const char* key, double otherwise) {
  return o.Get(key).IsUndefined() ? otherwise : get_number(o, key);
}

bool get_bool(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsBoolean(), std::string("'") + key + "' must be true or false");
  return v.As<Napi::Boolean>().Value();
}

std::string get_string(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsString(), std::string("'") + key + "' must be a string");
  return v.As<Napi::String>().Utf8Value();
}

Napi::Object get_object(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsObject(), std::string("'") + key + "' must be an object");
  return v.As<Napi::Object>();
}

template <class T>
std::vector<T> get_array(const Napi::Object& o, const char* key, bool optional) {
  const Napi::Value v = o.Get(key);
  if (optional && (v.IsUndefined() || v.IsNull())) return {};
  require(v.IsTypedArray(), std::string("'") + key + "' must be a typed array");
  const Napi::TypedArray a = v.As<Napi::TypedArray>();
  constexpr napi_typedarray_type wanted = std::is_same_v<T, float>      ? napi_float32_array
                                          : std::is_same_v<T, uint32_t> ? napi_uint32_array
                                                                        : napi_int32_array;
  require(a.TypedArrayType() == wanted, std::string("'") + key + "' is a typed array of another type");
  const T* p = reinterpret_cast<const T*>(static_cast<uint8_t*>(a.ArrayBuffer().Data()) + a.ByteOffset());
  return std::vector<T>(p, p + a.ElementLength());
}
template std::vector<float> get_array(const Napi::Object&, const char*, bool);
template std::vector<int32_t> get_array(const Napi::Object&, const char*, bool);
template std::vector<uint32_t> get_array(const Napi::Object&, const char*, bool);

std::vector<int32_t> get_int_list(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsArray(), std::string("'") + key + "' must be an array of numbers");
  const Napi::Array a = v.As<Napi::Array>();
  std::vector<int32_t> out(a.Length());
  for (uint32_t i = 0; i < a.Length(); ++i) {
    require(a.Get(i).IsNumber(), std::string("'") + key + "' must be an array of numbers");
    out[i] = a.Get(i).As<Napi::Number>().Int32Value();
  }
  return out;
}

std::vector<std::string> get_string_list(const Napi::Object& o, const char* key) {
  const Napi::Value v = get(o, key);
  require(v.IsArray(), std::string("'") + key + "' must be an array of strings");
  const Napi::Array a = v.As<Napi::Array>();
  std::vector<std::string> out(a.Length());
  for (uint32_t i = 0; i < a.Length(); ++i) {
    require(a.Get(i).IsString(), std::string("'") + key + "' must be an array of strings");
    out[i] = a.Get(i).As<Napi::String>().Utf8Value();
  }
  return out;
}

Napi::Object cost_to_js(Napi::Env env, const OpCost& cost) {
  Napi::Object o = Napi::Object::New(env);
  Napi::Array shape = Napi::Array::New(env);
  for (int64_t n : cost.shape) shape.Set(shape.Length(), double(n));
  o.Set("flops", cost.flops);
  o.Set("bytes", cost.bytes);
  o.Set("products", dtype_name(cost.products == DType::BF16 ? DType::BF16 : DType::F32));  // of an op that only moves fp64, too
  o.Set("shape", shape);
  return o;
}

}  // namespace fettle::napi
