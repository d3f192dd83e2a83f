#pragma once
#include <cstddef>
#include <cstdint>

namespace fettle {

enum class DType : uint8_t { F32, BF16, F16, F64, I32, U32, U8, NF4 };

/// Bytes of one element; NF4 packs two, so it has none of its own and gives 0.
constexpr size_t element_size(DType t) {
  switch (t) {
    case DType::F64: return 8;
    case DType::F32:
    case DType::I32:
    case DType::U32: return 4;
    case DType::BF16:
    case DType::F16: return 2;
    case DType::U8: return 1;
    case DType::NF4: return 0;
  }
  return 0;
}

constexpr const char* dtype_name(DType t) {
  switch (t) {
    case DType::F64: return "f64";
    case DType::F32: return "f32";
    case DType::I32: return "i32";
    case DType::U32: return "u32";
    case DType::BF16: return "bf16";
    case DType::F16: return "f16";
    case DType::U8: return "u8";
    case DType::NF4: return "nf4";
  }
  return "?";
}

}  // namespace fettle
