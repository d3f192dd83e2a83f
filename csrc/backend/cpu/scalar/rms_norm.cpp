#include <cmath>
#include <vector>

#include "backend/cpu/with_type.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {

void run(Context&, const RmsNormForward& op) {
  check(op);
  const int64_t n = op.x.cols / op.groups;
  const float* gamma = op.gamma.as<float>();
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.x.rows; ++r) {
      for (int64_t g = 0; g < op.groups; ++g) {
        const T* x = op.x.row<T>(r) + g * n;
        T* y = op.y.row<T>(r) + g * n;
        double squares = 0;
        for (int64_t i = 0; i < n; ++i) squares += double(to_float(x[i])) * to_float(x[i]);
        const double rstd = 1.0 / std::sqrt(squares / double(n) + op.eps);
        for (int64_t i = 0; i < n; ++i) y[i] = from_float<T>(float(to_float(x[i]) * rstd * (double(gamma[i]) + op.add_one)));
        if (op.rstd) op.rstd.row<float>(r)[g] = float(rstd);
      }
    }
  });
}

void run(Context&, const RmsNormBackward& op) {
  check(op);
  const int64_t n = op.x.cols / op.groups;
  const float* gamma = op.gamma.as<float>();
  std::vector<double> dgamma(static_cast<size_t>(n));
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    for (int64_t r = 0; r < op.x.rows; ++r) {
      for (int64_t g = 0; g < op.groups; ++g) {
        const T* x = op.x.row<T>(r) + g * n;
        const T* dy = op.dy.row<T>(r) + g * n;
        T* dx = op.dx.row<T>(r) + g * n;
        const double rstd = op.rstd.row<float>(r)[g];
        double mean = 0;
        for (int64_t i = 0; i < n; ++i) mean += (double(gamma[i]) + op.add_one) * to_float(dy[i]) * to_float(x[i]) * rstd / double(n);
        for (int64_t i = 0; i < n; ++i) {
          const double xhat = to_float(x[i]) * rstd, d = to_float(dy[i]);
          dgamma[size_t(i)] += d * xhat;
          const double before = op.accumulate ? to_float(dx[i]) : 0.0;
          dx[i] = from_float<T>(float(before + rstd * ((double(gamma[i]) + op.add_one) * d - xhat * mean)));
        }
      }
    }
  });
  if (!op.dgamma) return;
  for (int64_t i = 0; i < n; ++i) op.dgamma.as<float>()[i] += float(dgamma[size_t(i)]);
}

}  // namespace fettle::cpu::FETTLE_TIER
