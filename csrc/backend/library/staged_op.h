#pragma once
#include <deque>
#include <map>

#include "core/buffer.h"
#include "ops/op.h"

namespace fettle {

/// Brings an op's host tensors to a device and their results back. Tensors with one address on the host share one on the device; what
/// lies between rows travels along, so that a kernel which writes there is caught.
class StagedOp {
 public:
  explicit StagedOp(Memory& memory) : memory_(memory) {}
  void operator()(const char*, Tensor& t);
  template <class Number>
  void operator()(const char*, Number&) {}
  /// Copies every tensor that was brought in back to where it came from.
  void download();

 private:
  void* bring(const void* host, size_t bytes, bool back);
  struct Copy {
    Buffer device;
    void* host;
    size_t bytes;
    bool back;
  };
  Memory& memory_;
  std::map<const void*, Copy> copies_;
  std::deque<Nf4Scales> scales_;
};

}  // namespace fettle
