#include "ops/linear.h"

#include "backend/cpu/gemm.h"
#include "backend/cpu/gemv.h"
#include "backend/cpu/gemv_bf16.h"
#include "backend/cpu/tall.h"
#include "backend/cpu/tier.h"
#include "ops/check.h"

namespace fettle::cpu::FETTLE_TIER {
namespace {

/// bf16 pairs where the tier can multiply them; elsewhere fp32 panels hold the same bf16 values.
void multiply(Context& context, const Gemm& g) {
  if (g.a.t.dtype == DType::F32) return gemm<float, float>(context, g);
#if defined(__AVX512BF16__)
  gemm<bf16, bf16>(context, g);
#else
  gemm<float, bf16>(context, g);
#endif
}

/// dw += dy^T x where one of the two has few columns.
void multiply_skinny(Context& context, const LinearBackwardWeight& op) {
  const bool transposed = op.x.cols <= kSkinny;
  const Tensor &small = transposed ? op.x : op.dy, &long_one = transposed ? op.dy : op.x;
  if (op.dy.dtype == DType::F32) return tall<float, float>(context, small, long_one, op.dw, transposed);
#if defined(__AVX512BF16__)
  tall<bf16, bf16>(context, small, long_one, op.dw, transposed);
#else
  tall<float, bf16>(context, small, long_one, op.dw, transposed);
#endif
}

}  // namespace

void run(Context& context, const LinearForward& op) {
  check(op);
#if defined(__AVX512BF16__)
  if (takes_gemv_bf16(op)) return gemv_bf16(context, op);
#endif
  if (op.x.rows <= kGemvRows) return op.x.dtype == DType::BF16 ? gemv<bf16>(context, op) : gemv<float>(context, op);
  Gemm g;
  g.a = {op.x, false};
  g.b = {op.w, false};
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
  Gemm g;
  g.a = {op.dy, false};
  g.b = {op.w, true};
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
  if (std::min(op.dy.cols, op.x.cols) <= kSkinny) {
    multiply_skinny(context, op);
  } else {
    Gemm g;
    g.a = {op.dy, true};
    g.b = {op.x, true};
    g.c = op.dw;
    g.accumulate = true;
    multiply(context, g);
  }
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
