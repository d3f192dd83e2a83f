#include "ops/linear.h"

#include <vector>

#include "backend/cpu/with_type.h"
#include "core/nf4.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// A matrix as fp32, whatever its type. With bf16 activations every operand is a bf16: decoded NF4 is rounded once (design, rule 1).
struct Dense {
  int64_t rows, cols;
  std::vector<float> values;

  Dense(const Tensor& t, DType activations) : rows(t.rows), cols(t.cols), values(size_t(t.size())) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        const float value = read(t, r, c);
        values[size_t(r * cols + c)] = activations == DType::BF16 ? to_float(to_bf16(value)) : value;
      }
  }
  double operator()(int64_t r, int64_t c) const { return values[size_t(r * cols + c)]; }

 private:
  static float read(const Tensor& t, int64_t r, int64_t c) {
    if (t.dtype == DType::F32) return t.row<float>(r)[c];
    if (t.dtype == DType::BF16) return to_float(t.row<bf16>(r)[c]);
    const int64_t i = r * t.cols + c;
    const uint8_t byte = t.as<uint8_t>()[i / 2];
    return kNf4Code[i % 2 == 0 ? byte >> 4 : byte & 15] * nf4_scale(*t.nf4, i / 64);
  }
};

/// y[r][c] (+)= value, rounded once.
void put(const Tensor& y, int64_t r, int64_t c, double value, bool accumulate) {
  with_type(y.dtype, [&](auto type) {
    using T = decltype(type);
    T& out = y.row<T>(r)[c];
    out = from_float<T>(float(accumulate ? to_float(out) + value : value));
  });
}

}  // namespace

void run(Context&, const LinearForward& op) {
  check(op);
  const DType type = op.x.dtype;
  const Dense x(op.x, type), w(op.w, type), s(op.lora_s ? op.lora_s : Tensor{}, type), b(op.lora_s ? op.lora_b : Tensor{}, type);
  for (int64_t m = 0; m < op.y.rows; ++m) {
    for (int64_t n = 0; n < op.y.cols; ++n) {
      double product = 0, lora = 0;
      for (int64_t k = 0; k < x.cols; ++k) product += x(m, k) * w(n, k);
      for (int64_t k = 0; k < s.cols; ++k) lora += s(m, k) * b(n, k);
      put(op.y, m, n, op.alpha * product + lora + (op.bias ? op.bias.as<float>()[n] : 0.0f), op.accumulate != 0);
    }
  }
}

void run(Context&, const LinearBackwardInput& op) {
  check(op);
  const DType type = op.dy.dtype;
  const Dense dy(op.dy, type), w(op.w, type), ds(op.lora_ds ? op.lora_ds : Tensor{}, type), a(op.lora_ds ? op.lora_a : Tensor{}, type);
  for (int64_t m = 0; m < op.dx.rows; ++m) {
    for (int64_t k = 0; k < op.dx.cols; ++k) {
      double product = 0, lora = 0;
      for (int64_t n = 0; n < dy.cols; ++n) product += dy(m, n) * w(n, k);
      for (int64_t r = 0; r < ds.cols; ++r) lora += ds(m, r) * a(r, k);
      put(op.dx, m, k, op.alpha * product + lora, op.accumulate != 0);
    }
  }
}

void run(Context&, const LinearBackwardWeight& op) {
  check(op);
  const Dense dy(op.dy, op.dy.dtype), x(op.x, op.x.dtype);
  for (int64_t n = 0; n < op.dw.rows; ++n) {
    for (int64_t k = 0; k < op.dw.cols; ++k) {
      double product = 0;
      for (int64_t m = 0; m < x.rows; ++m) product += dy(m, n) * x(m, k);
      op.dw.row<float>(n)[k] = float(op.dw.row<float>(n)[k] + product);
    }
    if (!op.dbias) continue;
    double total = 0;
    for (int64_t m = 0; m < dy.rows; ++m) total += dy(m, n);
    op.dbias.as<float>()[n] = float(op.dbias.as<float>()[n] + total);
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
