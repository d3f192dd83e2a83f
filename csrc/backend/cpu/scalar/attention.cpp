// The oracle: plain loops over every query and key, in double.
#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/cpu/tier.h"
#include "core/bf16.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

double get(const Tensor& t, int64_t row, int64_t col) {
  return t.dtype == DType::BF16 ? double(to_float(t.row<bf16>(row)[col])) : double(t.row<float>(row)[col]);
}
void set(const Tensor& t, int64_t row, int64_t col, double value) {
  if (t.dtype == DType::BF16)
    t.row<bf16>(row)[col] = to_bf16(float(value));
  else
    t.row<float>(row)[col] = float(value);
}

/// The row of k and v that holds key j of sequence s.
int64_t key_row(const AttentionForward& op, int64_t s, int64_t j) {
  if (!op.block_table) return op.k_start.as<int32_t>()[s] + j;
  return int64_t(op.block_table.row<int32_t>(s)[j / op.block_size]) * op.block_size + j % op.block_size;
}
int64_t key_row(const AttentionBackward& op, int64_t s, int64_t j) { return op.cu.as<int32_t>()[s] + j; }

/// What one query of one head sees: scores of keys [first, last], with the cap's slope.
struct Row {
  int64_t first, last;
  std::vector<double> score, slope;

  template <class Op>
  Row(const Op& op, int64_t q_row, int64_t sequence, int64_t position, int head)
      : first(op.window > 0 ? std::max<int64_t>(0, position - op.window + 1) : 0), last(position) {
    const int kv_head = head / (op.heads / op.kv_heads), d = op.head_dim;
    for (int64_t j = first; j <= last; ++j) {
      double dot = 0;
      for (int i = 0; i < d; ++i) dot += get(op.q, q_row, head * d + i) * get(op.k, key_row(op, sequence, j), kv_head * d + i);
      const double s = dot * double(op.scale), cap = double(op.soft_cap);
      const double t = cap > 0 ? std::tanh(s / cap) : 0;
      score.push_back(cap > 0 ? cap * t : s);
      slope.push_back(1 - t * t);
    }
  }
  double log_sum_exp() const {
    if (score.empty()) return -INFINITY;
    const double m = *std::max_element(score.begin(), score.end());
    double sum = 0;
    for (const double s : score) sum += std::exp(s - m);
    return m + std::log(sum);
  }
};

}  // namespace

void run(Context&, const AttentionForward& op) {
  check(op);
  check_indices(op);
  const int32_t* cu = op.cu_q.as<int32_t>();
  const int d = op.head_dim;
  for (int64_t s = 0; s < op.k_len.size(); ++s) {
    const int64_t keys = op.k_len.as<int32_t>()[s];
    for (int64_t q = cu[s]; q < cu[s + 1]; ++q) {
      for (int h = 0; h < op.heads; ++h) {
        const Row row(op, q, s, keys - (cu[s + 1] - q), h);
        const double lse = row.log_sum_exp();
        std::vector<double> o(static_cast<size_t>(d));
        for (int64_t j = row.first; j <= row.last; ++j) {
          const double p = std::exp(row.score[size_t(j - row.first)] - lse);
          for (int i = 0; i < d; ++i) o[size_t(i)] += p * get(op.v, key_row(op, s, j), h / (op.heads / op.kv_heads) * d + i);
        }
        for (int i = 0; i < d; ++i) set(op.o, q, h * d + i, o[size_t(i)]);
        if (op.lse) op.lse.row<float>(q)[h] = float(lse);
      }
    }
  }
}

void run(Context&, const AttentionBackward& op) {
  check(op);
  const int32_t* cu = op.cu.as<int32_t>();
  const int d = op.head_dim;
  const int64_t kv_cols = int64_t(op.kv_heads) * d;
  std::vector<double> dk(size_t(op.k.rows * kv_cols)), dv(dk.size());
  for (int64_t s = 0; s + 1 < op.cu.size(); ++s) {
    for (int64_t q = cu[s]; q < cu[s + 1]; ++q) {
      for (int h = 0; h < op.heads; ++h) {
        const Row row(op, q, s, q - cu[s], h);
        const int64_t kv = h / (op.heads / op.kv_heads) * d;
        const double lse = double(op.lse.row<float>(q)[h]);
        double delta = 0;
        for (int i = 0; i < d; ++i) delta += get(op.dout, q, h * d + i) * get(op.o, q, h * d + i);
        std::vector<double> dq(static_cast<size_t>(d));
        for (int64_t j = row.first; j <= row.last; ++j) {
          const double p = std::exp(row.score[size_t(j - row.first)] - lse);
          double dp = 0;
          for (int i = 0; i < d; ++i) dp += get(op.dout, q, h * d + i) * get(op.v, cu[s] + j, kv + i);
          const double ds = p * (dp - delta) * row.slope[size_t(j - row.first)] * double(op.scale);
          for (int i = 0; i < d; ++i) {
            const size_t at = size_t((cu[s] + j) * kv_cols + kv + i);
            dq[size_t(i)] += ds * get(op.k, cu[s] + j, kv + i);
            dk[at] += ds * get(op.q, q, h * d + i);
            dv[at] += p * get(op.dout, q, h * d + i);
          }
        }
        for (int i = 0; i < d; ++i) set(op.dq, q, h * d + i, dq[size_t(i)]);
      }
    }
  }
  for (int64_t r = 0; r < op.k.rows; ++r) {
    for (int64_t c = 0; c < kv_cols; ++c) {
      set(op.dk, r, c, dk[size_t(r * kv_cols + c)]);
      set(op.dv, r, c, dv[size_t(r * kv_cols + c)]);
    }
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
