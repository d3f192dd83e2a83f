#include <cmath>
#include <vector>

#include "backend/cpu/lanes.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

constexpr int64_t kChunk = 65536;  // elements of a task; a constant, so that the order of sums depends on n only
constexpr int kSums = 16;          // running sums of a chunk, the same in every tier

double chunk_squares(const float* x, int64_t n) {
  double sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums)
    for (int j = 0; j < kSums; ++j) sums[j] += double(x[i + j]) * double(x[i + j]);
  for (int j = 0; i + j < n; ++j) sums[j] += double(x[i + j]) * double(x[i + j]);
  double total = 0;
  for (double s : sums) total += s;
  return total;
}

}  // namespace

void run(Context& context, const AdamW& op) {
  check(op);
  const float grad_scale = *op.grad_scale.as<float>();
  if (!std::isfinite(grad_scale)) return;
  const double correction1 = 1.0 - std::pow(double(op.beta1), op.step), correction2 = 1.0 - std::pow(double(op.beta2), op.step);
  const float decay = float(1.0 - double(op.learning_rate) * op.weight_decay);
  const float rate = float(op.learning_rate / correction1);
  const float root2 = float(1.0 / std::sqrt(correction2));
  const float one_minus_beta1 = float(1.0 - double(op.beta1)), one_minus_beta2 = float(1.0 - double(op.beta2));
  const int64_t n = op.param.cols;
  context.pool->parallel_for((n + kChunk - 1) / kChunk, [&](int64_t task) {
    const int64_t first = task * kChunk;
    float* param = op.param.as<float>() + first;
    const float* grad = op.grad.as<float>() + first;
    float* exp_avg = op.exp_avg.as<float>() + first;
    float* exp_avg_sq = op.exp_avg_sq.as<float>() + first;
    each_register(std::min(kChunk, n - first), [&](int64_t i, auto width) {
      const vf g = load(grad + i, width) * grad_scale;
      const vf m = load(exp_avg + i, width) * op.beta1 + g * one_minus_beta1;
      const vf v = load(exp_avg_sq + i, width) * op.beta2 + g * g * one_minus_beta2;
      store(exp_avg + i, m, width);
      store(exp_avg_sq + i, v, width);
      store(param + i, load(param + i, width) * decay - rate * (m / (sqrt(v) * root2 + op.epsilon)), width);
    });
  });
}

void run(Context& context, const SumSquares& op) {
  check(op);
  const float* x = op.x.as<float>();
  const int64_t n = op.x.cols, chunks = (n + kChunk - 1) / kChunk;
  std::vector<double> partial(static_cast<size_t>(chunks));
  context.pool->parallel_for(chunks,
                             [&](int64_t c) { partial[size_t(c)] = chunk_squares(x + c * kChunk, std::min(kChunk, n - c * kChunk)); });
  double total = 0;
  for (double p : partial) total += p;
  *op.out.as<double>() = total;
}

void run(Context&, const ClipFactor& op) {
  check(op);
  const double grad_squares = *op.grad_squares.as<double>();
  const bool finite = std::isfinite(grad_squares) && std::isfinite(*op.loss_squares.as<double>());
  *op.factor.as<float>() = float(finite ? std::min(1.0, op.max_norm / (std::sqrt(grad_squares) + 1e-6)) : NAN);
}

}  // namespace fettle::cpu::FETTLE_TIER
