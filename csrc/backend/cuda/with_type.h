#pragma once
#include "core/bf16.h"
#include "core/error.h"
#include "core/tensor.h"

namespace fettle::cuda {

/// Calls f(T{}) with the C++ type of an activation dtype.
template <class F>
void with_type(DType dtype, F&& f) {
  if (dtype == DType::BF16) return f(bf16{});
  if (dtype == DType::F32) return f(float{});
  throw Error("FETTLE_INVALID_ARGUMENT", std::string("expected f32 or bf16, got ") + dtype_name(dtype));
}
/// Calls f(std::true_type) or f(std::false_type).
template <class F>
void with_bool(bool value, F&& f) {
  if (value) return f(std::true_type{});
  f(std::false_type{});
}

}  // namespace fettle::cuda
