#pragma once
// How attention's launchers choose an instance of a kernel.
#include "backend/cuda/attention_rows.h"
#include "backend/cuda/config.h"
#include "backend/cuda/device.h"

namespace fettle::cuda {

/// Whether every head's row in these tensors starts at a multiple of 16 bytes, also where a row would lie that is not there.
template <class... Tensors>
bool heads_aligned(int head_dim, const Tensors&... tensors) {
  auto one = [](const Tensor& t) { return reinterpret_cast<uintptr_t>(t.data) % 16 == 0 && t.ld % 8 == 0; };
  return head_dim % 8 == 0 && (one(tensors) && ...);
}

/// What the choice depends on.
struct AttentionQuestion {
  const cudaDeviceProp& gpu;
  int head_dim;
  bool aligned, capped, split;
  std::string text() const {
    return "head_dim " + std::to_string(head_dim) + (capped ? ", soft cap" : "") + (aligned ? "" : ", rows that are not 16-byte aligned");
  }
};

/// An instance of a kernel: `tile` rows of q, or keys, a block.
template <class Arguments>
struct AttentionEntry {
  const char* name;
  Variant variant;
  int head_dim, tile, threads, blocks_per_sm;
  size_t shared_bytes;
  void (*kernel)(Arguments);

  /// It has the columns and does what is asked, and as many blocks as it is made for find room on a multiprocessor.
  bool fits(const AttentionQuestion& q) const {
    constexpr size_t kReserved = 1024;  // of each block, by the system
    return q.head_dim <= head_dim && is_split(variant) == q.split && (q.aligned ? is_aligned(variant) : variant == Variant::General) &&
           (variant == Variant::General || may_cap(variant) == q.capped) && shared_bytes <= q.gpu.sharedMemPerBlockOptin &&
           size_t(blocks_per_sm) * (shared_bytes + kReserved) <= q.gpu.sharedMemPerMultiprocessor;
  }
};

}  // namespace fettle::cuda
