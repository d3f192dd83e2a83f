#include "backend/library/staged_op.h"

#include <algorithm>

namespace fettle {

void* StagedOp::bring(const void* host, size_t bytes, bool back) {
  auto it = copies_.find(host);
  if (it == copies_.end())
    it = copies_.emplace(host, Copy{Buffer(std::max<size_t>(bytes, 1), memory_), const_cast<void*>(host), bytes, back}).first;
  memory_.upload(it->second.device.as(), host, std::min(bytes, it->second.bytes));
  return it->second.device.as();
}

void StagedOp::operator()(const char*, Tensor& t) {
  if (!t) return;
  if (t.dtype != DType::NF4) {
    const int64_t elements = t.rows > 0 ? (t.rows - 1) * t.ld + t.cols : 0;
    t.data = bring(t.data, size_t(elements) * element_size(t.dtype), true);
    return;
  }
  const int64_t blocks = (t.size() + 63) / 64;
  Nf4Scales& s = scales_.emplace_back(*t.nf4);
  t.data = bring(t.data, size_t(t.size() + 1) / 2, false);
  auto array = [&](auto*& p, int64_t n) {
    if (p) p = static_cast<std::remove_reference_t<decltype(p)>>(bring(p, size_t(n) * sizeof(*p), false));
  };
  array(s.absmax, blocks);
  array(s.codes, blocks);
  array(s.absmax2, (blocks + 255) / 256);
  array(s.map, 256);
  t.nf4 = &s;
}

void StagedOp::download() {
  for (auto& [host, copy] : copies_)
    if (copy.back) memory_.download(copy.host, copy.device.as(), copy.bytes);
}

}  // namespace fettle
