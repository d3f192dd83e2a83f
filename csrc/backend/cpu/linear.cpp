#include "ops/linear.h"

#include "backend/cpu/gemm.h"
#include "backend/cpu/gemv.h"
#include "backend/cpu/tier.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// bf16 pairs where the tier can multiply them; elsewhere fp32 panels hold the same bf16 values.
void multiply(Context& context, const Gemm& g) {
#if defined(__AVX512BF16__)
  if (g.a.t.dtype == DType::BF16) return gemm<bf16>(context, g);
#endif
  gemm<float>(context, g);
}

/// In bf16 mode a tier without bf16 products must still see NF4 and fp32 weights rounded to bf16.
struct RoundedWeight {
  std::vector<bf16> values;
  Tensor t;
  RoundedWeight(Context& context, const Tensor& w, DType activations) : t(w) {
#if defined(__AVX512BF16__)
    (void)context, (void)activations;
#else
    if (!w || activations != DType::BF16 || w.dtype == DType::BF16) return;
    values.resize(size_t(w.size()));
    context.pool->parallel_for(w.rows, [&](int64_t r) {
      bf16* dst = values.data() + r * w.cols;
      const bf16* src = read_row(w, r, 0, w.cols, dst);
      if (src != dst) std::memcpy(dst, src, size_t(w.cols) * sizeof(bf16));
    });
    t = matrix(values.data(), DType::BF16, w.rows, w.cols);
#endif
  }
};

}  // namespace

void run(Context& context, const LinearForward& op) {
  check(op);
  if (op.x.rows <= kGemvRows) return op.x.dtype == DType::BF16 ? gemv<bf16>(context, op) : gemv<float>(context, op);
  const RoundedWeight w(context, op.w, op.x.dtype);
  Gemm g;
  g.a = {op.x, false};
  g.b = {w.t, false};
  if (op.lora_s) {
    g.a2 = {op.lora_s, false};
    g.b2 = {op.lora_b, false};
  }
  g.c = op.y;
  g.bias = op.bias.as<const float>();
  g.alpha = op.alpha;
  g.accumulate = op.accumulate != 0;
  multiply(context, g);
}

void run(Context& context, const LinearBackwardInput& op) {
  check(op);
  const RoundedWeight w(context, op.w, op.dy.dtype);
  Gemm g;
  g.a = {op.dy, false};
  g.b = {w.t, true};
  if (op.lora_ds) {
    g.a2 = {op.lora_ds, false};
    g.b2 = {op.lora_a, true};
  }
  g.c = op.dx;
  g.alpha = op.alpha;
  g.accumulate = op.accumulate != 0;
  multiply(context, g);
}

void run(Context& context, const LinearBackwardWeight& op) {
  check(op);
  Gemm g;
  g.a = {op.dy, true};
  g.b = {op.x, true};
  g.c = op.dw;
  g.accumulate = true;
  multiply(context, g);
  if (op.dbias) {
    float* db = op.dbias.as<float>();
    constexpr int64_t columns = 256;
    context.pool->parallel_for((op.dy.cols + columns - 1) / columns, [&](int64_t task) {
      for (int64_t j = task * columns; j < std::min(op.dy.cols, (task + 1) * columns); ++j) {
        float s = 0;
        for (int64_t i = 0; i < op.dy.rows; ++i) s += op.dy.dtype == DType::F32 ? op.dy.row<float>(i)[j] : to_float(op.dy.row<bf16>(i)[j]);
        db[j] += s;
      }
    });
  }
}

}  // namespace fettle::cpu::FETTLE_TIER
