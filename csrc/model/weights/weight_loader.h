#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.h"
#include "model/weights/mapped_file.h"
#include "model/weights/stored_type.h"
#include "ops/op.h"

namespace fettle {

// Weights go from the file to their place in the engine chunk by chunk: at no time is there a second copy of a tensor. They are decoded by
// the host's threads; a device quantizes for itself.
// Sizes are checked against the shape first; what does not fit throws FETTLE_MODEL_FORMAT.

/// A tensor in a file (src/native/types.ts, StoredTensor). `shape` is [rows, cols] or [n].
struct StoredTensor {
  std::string file;
  uint64_t offset = 0, bytes = 0;
  StoredType type = StoredType::F32;
  std::vector<int64_t> shape;
  /// GGUF llama: heads whose rotary rows lie interleaved, and are put back into Hugging Face's order; 0 is none.
  int32_t permuted_heads = 0;
  /// Added to every value.
  float add = 0;
};

/// A weight that bitsandbytes quantized (src/native/types.ts, StoredNf4).
struct StoredNf4 {
  struct Nested {
    FileRange absmax, map;
    double offset = 0;
    int32_t blocksize = 256;
  };
  std::vector<int64_t> shape;
  int32_t blocksize = 64;
  FileRange packed, absmax;
  std::optional<Nested> nested;
};

/// Where an NF4 weight of n elements goes, in the memory of the engine but for `offset`: packed [ceil(n/2)] and, of b = ceil(n/64) blocks,
/// either double quantized scales (codes [b], absmax2 [ceil(b/256)], offset [1]) or fp32 ones (absmax [b]).
struct Nf4Destination {
  uint8_t* packed = nullptr;
  uint8_t* codes = nullptr;
  float* absmax2 = nullptr;
  float* offset = nullptr;
  float* absmax = nullptr;
};

/// Into dst, F32 or BF16, of the same number of elements; it lies in `memory`.
void load_dense(const StoredTensor& stored, Context& host, Memory& memory, const Tensor& dst);
/// Quantizes the stored values (not rounded to anything first) to double quantized NF4, on `target`, where dst lies.
void load_nf4(const StoredTensor& stored, Context& host, Context& target, const Nf4Destination& dst);
/// Whether the scales can be kept as double quantized: they are, with bitsandbytes' standard map. Else fp32 absmax is needed.
bool has_standard_scales(const StoredNf4& stored);
/// Copies the bytes as they are, to the host; the scales are decoded to fp32 if dst.codes is null.
void load_stored_nf4(const StoredNf4& stored, const Nf4Destination& dst);

}  // namespace fettle
