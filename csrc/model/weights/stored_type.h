#pragma once
#include <cstdint>
#include <string>

namespace fettle {

/// How a stored tensor's numbers are written: GGUF's names, and safetensors' F32, F16, BF16 (src/native/types.ts, StoredType).
enum class StoredType : uint8_t { F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K };

/// A type's name, and the bytes that hold one block of its values.
struct StoredTypeInfo {
  const char* name;
  int32_t block_values;
  int32_t block_bytes;
};

const StoredTypeInfo& info(StoredType type);
/// The type of that name; throws FETTLE_MODEL_UNSUPPORTED, naming those that can be read.
StoredType stored_type(const std::string& name);
/// Decodes `count` values, a multiple of the type's block; every value is what gguf-py's `dequantize` gives, bit by bit.
void decode_rows(StoredType type, const uint8_t* src, float* dst, int64_t count);

}  // namespace fettle
