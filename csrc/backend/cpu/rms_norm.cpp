#include <vector>

#include "backend/cpu/lanes.h"
#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kChunk = 32;  // rows whose share of dgamma is summed together; a constant, so that the order of sums is fixed

template <class T>
void forward(const T* x, const float* gamma, T* y, int64_t n, float eps, float add_one, float* rstd_out) {
  vf squares = {};
  each_register(n, [&](int64_t i, auto width) {
    const vf v = load(x + i, width);
    squares += v * v;
  });
  const float rstd = 1.0f / std::sqrt(sum(squares) / float(n) + eps);
  each_register(n, [&](int64_t i, auto width) { store(y + i, load(x + i, width) * rstd * (load(gamma + i, width) + add_one), width); });
  if (rstd_out) *rstd_out = rstd;
}

template <class T>
void backward(const T* x, const float* gamma, float rstd, const T* dy, T* dx, float* dgamma, int64_t n, float add_one, bool accumulate) {
  vf dots = {};
  each_register(n, [&](int64_t i, auto width) { dots += (load(gamma + i, width) + add_one) * load(dy + i, width) * load(x + i, width); });
  const float mean = sum(dots) * rstd / float(n);
  each_register(n, [&](int64_t i, auto width) {
    const vf xhat = load(x + i, width) * rstd;
    const vf d = load(dy + i, width);
    if (dgamma) store(dgamma + i, load(dgamma + i, width) + d * xhat, width);
    vf r = ((load(gamma + i, width) + add_one) * d - xhat * mean) * rstd;
    if (accumulate) r += load(dx + i, width);
    store(dx + i, r, width);
  });
}

}  // namespace

void run(Context& context, const RmsNormForward& op) {
  check(op);
  const int64_t n = op.x.cols / op.groups;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    parallel_rows(context, op.x.rows, op.x.cols, [&](int64_t r) {
      for (int64_t g = 0; g < op.groups; ++g)
        forward(op.x.row<T>(r) + g * n, op.gamma.as<float>(), op.y.row<T>(r) + g * n, n, op.eps, float(op.add_one),
                op.rstd ? op.rstd.row<float>(r) + g : nullptr);
    });
  });
}

void run(Context& context, const RmsNormBackward& op) {
  check(op);
  const int64_t n = op.x.cols / op.groups;
  const int64_t chunks = (op.x.rows + kChunk - 1) / kChunk;
  std::vector<float> partial(op.dgamma ? size_t(chunks * n) : 0);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    context.pool->parallel_for(chunks, [&](int64_t chunk) {
      float* dgamma = op.dgamma ? partial.data() + chunk * n : nullptr;
      for (int64_t r = chunk * kChunk; r < std::min(op.x.rows, (chunk + 1) * kChunk); ++r)
        for (int64_t g = 0; g < op.groups; ++g)
          backward(op.x.row<T>(r) + g * n, op.gamma.as<float>(), op.rstd.row<float>(r)[g], op.dy.row<T>(r) + g * n, op.dx.row<T>(r) + g * n,
                   dgamma, n, float(op.add_one), op.accumulate != 0);
    });
  });
  if (!op.dgamma) return;
  float* dgamma = op.dgamma.as<float>();
  for (int64_t chunk = 0; chunk < chunks; ++chunk)
    for (int64_t i = 0; i < n; ++i) dgamma[i] += partial[size_t(chunk * n + i)];
}

}  // namespace fettle::cpu::FETTLE_TIER
