#include "model/trainables.h"

#include "core/error.h"

namespace fettle {

namespace {
int64_t room_of(const Trainables::Entry& e) { return (e.rows * e.cols + 255) / 256 * 256; }
}  // namespace

int Trainables::add(const std::string& name, std::vector<int64_t> shape) {
  const int64_t cols = shape.back(), rows = shape.size() == 2 ? shape[0] : 1;
  entries_.push_back({name, std::move(shape), rows, cols, 0});
  const Entry& e = entries_.back();
  (e.large() ? large_size_ : small_size_) += room_of(e);
  return int(entries_.size()) - 1;
}

void Trainables::allocate(Memory& memory) {
  memory_ = &memory;
  int64_t next_large = 0, next_small = large_size_;
  for (Entry& e : entries_) {
    int64_t& next = e.large() ? next_large : next_small;
    e.offset = next;
    next += room_of(e);
  }
  const size_t bytes = size_t(size()) * 4;
  param_ = Buffer(bytes, memory);
  grad_ = Buffer(bytes, memory);
}

Tensor Trainables::all(const std::string& kind) const {
  const Buffer* b = kind == "param" ? &param_ : kind == "grad" ? &grad_ : nullptr;
  if (!b) throw Error("FETTLE_INVALID_ARGUMENT", "'" + kind + "' is neither param nor grad");
  return vector(b->as<float>(), DType::F32, size());
}

void Trainables::zero_grad() { memory_->zero(grad_.as(), grad_.bytes()); }

Tensor Trainables::range(const std::string& kind, int64_t offset, int64_t count) const {
  const Tensor t = all(kind);
  if (offset < 0 || count < 0 || offset + count > t.cols)
    throw Error("FETTLE_INVALID_ARGUMENT", std::to_string(count) + " numbers from " + std::to_string(offset) + " of '" + kind +
                                               "': the arena has " + std::to_string(t.cols));
  return t.columns(offset, count);
}

void Trainables::read(const std::string& kind, float* out, int64_t offset, int64_t count) const {
  memory_->download(out, range(kind, offset, count).data, size_t(count) * 4);
}

void Trainables::write(const std::string& kind, const float* values, int64_t offset, int64_t count) {
  memory_->upload(range(kind, offset, count).data, values, size_t(count) * 4);
}

}  // namespace fettle
