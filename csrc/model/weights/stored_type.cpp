#include "model/weights/stored_type.h"

#include "core/error.h"
#include "model/weights/decode/decode.h"

namespace fettle {
namespace {

constexpr StoredTypeInfo kTypes[] = {
    {"F32", 1, 4},    {"F16", 1, 2},    {"BF16", 1, 2},     {"Q8_0", 32, 34},   {"Q4_0", 32, 18},   {"Q4_1", 32, 20},
    {"Q5_0", 32, 22}, {"Q5_1", 32, 24}, {"Q4_K", 256, 144}, {"Q5_K", 256, 176}, {"Q6_K", 256, 210},
};

}  // namespace

const StoredTypeInfo& info(StoredType type) { return kTypes[int(type)]; }

StoredType stored_type(const std::string& name) {
  std::string known;
  for (int i = 0; i < int(std::size(kTypes)); ++i) {
    if (name == kTypes[i].name) return StoredType(i);
    known += (i ? ", " : "") + std::string(kTypes[i].name);
  }
  throw Error("FETTLE_MODEL_UNSUPPORTED", "weights of type " + name + " cannot be read; readable are " + known);
}

void decode_rows(StoredType type, const uint8_t* src, float* dst, int64_t count) {
  const int64_t blocks = count / info(type).block_values;
  switch (type) {
    case StoredType::F32: return decode::f32(src, dst, blocks);
    case StoredType::F16: return decode::f16(src, dst, blocks);
    case StoredType::BF16: return decode::bf16(src, dst, blocks);
    case StoredType::Q8_0: return decode::q8_0(src, dst, blocks);
    case StoredType::Q4_0: return decode::q4_0(src, dst, blocks);
    case StoredType::Q4_1: return decode::q4_1(src, dst, blocks);
    case StoredType::Q5_0: return decode::q5_0(src, dst, blocks);
    case StoredType::Q5_1: return decode::q5_1(src, dst, blocks);
    case StoredType::Q4_K: return decode::q4_k(src, dst, blocks);
    case StoredType::Q5_K: return decode::q5_k(src, dst, blocks);
    case StoredType::Q6_K: return decode::q6_k(src, dst, blocks);
  }
}

}  // namespace fettle
