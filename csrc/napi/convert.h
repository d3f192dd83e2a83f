#pragma once
// JavaScript values <-> engine types. The only arithmetic here is bounds checking.
#include <napi.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"
#include "ops/cost.h"

namespace fettle::napi {

/// A JavaScript error with `code` and `hint`; src/native/addon.ts turns it into a FettleError.
Napi::Error to_js(Napi::Env env, const std::string& code, const std::string& message, const std::string& hint);

/// Runs f and rethrows engine errors as JavaScript ones.
template <class F>
auto guarded(Napi::Env env, F&& f) {
  try {
    return f();
  } catch (const Error& e) {
    throw to_js(env, e.code(), e.what(), e.hint());
  } catch (const std::bad_alloc&) {
    throw to_js(env, "FETTLE_MEMORY", "out of memory", "use a smaller model, batch or max_length");
  }
}

/// Throws FETTLE_INVALID_ARGUMENT unless ok.
void require(bool ok, const std::string& message);

Napi::Value get(const Napi::Object& o, const char* key);
double get_number(const Napi::Object& o, const char* key);
double get_number_or(const Napi::Object& o, const char* key, double otherwise);
bool get_bool(const Napi::Object& o, const char* key);
std::string get_string(const Napi::Object& o, const char* key);
Napi::Object get_object(const Napi::Object& o, const char* key);
/// Copies a typed array of T (int32, uint32, float32) into a vector; absent gives an empty one.
template <class T>
std::vector<T> get_array(const Napi::Object& o, const char* key, bool optional = false);
std::vector<int32_t> get_int_list(const Napi::Object& o, const char* key);
std::vector<std::string> get_string_list(const Napi::Object& o, const char* key);
/// { flops, bytes, products, shape }: OpCost of src/native/types.ts.
Napi::Object cost_to_js(Napi::Env env, const OpCost& cost);

}  // namespace fettle::napi
