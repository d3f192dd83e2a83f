#include "model/trainables.h"

#include <cstring>

namespace fettle {

int Trainables::add(const std::string& name, std::vector<int64_t> shape) {
  const int64_t cols = shape.back(), rows = shape.size() == 2 ? shape[0] : 1;
  entries_.push_back({name, std::move(shape), rows, cols, size_});
  size_ += (rows * cols + 15) / 16 * 16;  // each tensor starts on a cache line; the gaps stay 0
  return int(entries_.size()) - 1;
}

void Trainables::allocate() {
  const size_t bytes = size_t(size_) * 4;
  param_ = Buffer(bytes);
  grad_ = Buffer(bytes);
  exp_avg_ = Buffer(bytes);
  exp_avg_sq_ = Buffer(bytes);
}

Tensor Trainables::all(const std::string& kind) const {
  const Buffer* b = kind == "param"        ? &param_
                    : kind == "grad"       ? &grad_
                    : kind == "exp_avg"    ? &exp_avg_
                    : kind == "exp_avg_sq" ? &exp_avg_sq_
                                           : nullptr;
  if (!b) throw Error("FETTLE_INVALID_ARGUMENT", "'" + kind + "' is none of param, grad, exp_avg, exp_avg_sq");
  return vector(b->as<float>(), DType::F32, size_);
}

void Trainables::zero_grad() { std::memset(grad_.as(), 0, grad_.bytes()); }

}  // namespace fettle
