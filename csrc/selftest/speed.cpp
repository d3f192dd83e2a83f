#include "selftest/speed.h"

#include <chrono>
#include <cmath>

#include "backend/library/staged_op.h"
#include "ops/cost.h"
#include "selftest/random_tensors.h"

namespace fettle::selftest {
namespace {

constexpr double kSeconds = 0.2;  // of measuring each

class Stopwatch {
 public:
  Stopwatch(Context& device, bool small) : device_(device), small_(small) {}

  template <class Op>
  void time(const std::string& label, Op op) {
    StagedOp staged(*device_.memory);
    Op::fields(op, staged);
    run(device_, op);
    device_.memory->finish();
    int runs = 0;
    const auto begun = std::chrono::steady_clock::now();
    double seconds = 0;
    do {
      for (int i = 0; i < (small_ ? 1 : 10); ++i, ++runs) run(device_, op);
      device_.memory->finish();
      seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    } while (!small_ && seconds < kSeconds);
    const OpCost cost = cost_of(op, *device_.memory);
    const double each = seconds / runs;
    speeds.push_back({Op::name, label, each, cost.bytes / each / 1e9, cost.flops / each / 1e12});
  }
  std::vector<Speed> speeds;

 private:
  Context& device_;
  bool small_;
};

}  // namespace

std::vector<Speed> measure_speed(Context& device, bool small) {
  const int64_t tokens = small ? 32 : 4096, hidden = small ? 64 : 4096, wide = small ? 128 : 14336, heads = small ? 2 : 32;
  const int64_t width = heads * 128, values = small ? 4096 : 40'000'000;
  RandomTensors t(1, Rows::Aligned);
  Stopwatch watch(device, small);
  auto bf16 = [&](int64_t rows, int64_t cols) { return t.contiguous(DType::BF16, rows, cols); };
  const std::string size = std::to_string(tokens) + " tokens, " + std::to_string(hidden) + " to " + std::to_string(wide);
  const Tensor w = t.weight(DType::NF4, wide, hidden), x = bf16(tokens, hidden), y = bf16(tokens, wide);
  watch.time("nf4, " + std::to_string(wide) + " x " + std::to_string(hidden), Nf4Dequantize{.w = w, .y = bf16(wide, hidden)});
  watch.time("nf4, " + size, LinearForward{.x = x, .w = w, .lora_s = {}, .lora_b = {}, .bias = {}, .y = y});
  watch.time("nf4, one token", LinearForward{.x = x.slice(0, 1), .w = w, .lora_s = {}, .lora_b = {}, .bias = {}, .y = y.slice(0, 1)});
  watch.time("nf4, " + size, LinearBackwardInput{.dy = y, .w = w, .lora_ds = {}, .lora_a = {}, .dx = x});
  watch.time("rank 16, " + size,
             LinearBackwardWeight{.dy = y, .x = bf16(tokens, 16), .dw = t.contiguous(DType::F32, wide, 16), .dbias = {}});
  const Tensor cu = t.ints({0, int32_t(tokens)}), start = t.ints({0}), length = t.ints({int32_t(tokens)});
  const Tensor q = bf16(tokens, width), k = bf16(tokens, width / 2), v = bf16(tokens, width / 2), o = bf16(tokens, width);
  const Tensor lse = t.contiguous(DType::F32, tokens, heads);
  const float scale = 1 / std::sqrt(128.0f);
  watch.time("head_dim 128", AttentionForward{.q = q,
                                              .k = k,
                                              .v = v,
                                              .o = o,
                                              .lse = lse,
                                              .cu_q = cu,
                                              .k_start = start,
                                              .k_len = length,
                                              .heads = int32_t(heads),
                                              .kv_heads = int32_t(heads / 2),
                                              .head_dim = 128,
                                              .scale = scale});
  watch.time("head_dim 128", AttentionBackward{.q = q,
                                               .k = k,
                                               .v = v,
                                               .o = o,
                                               .dout = bf16(tokens, width),
                                               .lse = lse,
                                               .dq = bf16(tokens, width),
                                               .dk = bf16(tokens, width / 2),
                                               .dv = bf16(tokens, width / 2),
                                               .cu = cu,
                                               .heads = int32_t(heads),
                                               .kv_heads = int32_t(heads / 2),
                                               .head_dim = 128,
                                               .scale = scale});
  watch.time("bf16",
             RmsNormForward{.x = x, .gamma = t.vector(hidden), .y = bf16(tokens, hidden), .rstd = t.contiguous(DType::F32, tokens, 1)});
  watch.time("bf16", GluForward{.gate = y, .up = bf16(tokens, wide), .y = bf16(tokens, wide)});
  watch.time("bf16", Add{.a = x, .b = bf16(tokens, hidden), .y = bf16(tokens, hidden)});
  watch.time(std::to_string(values), AdamW{.param = t.vector(values),
                                           .grad = t.vector(values),
                                           .exp_avg = t.vector(values),
                                           .exp_avg_sq = t.vector(values, 0, 1),
                                           .grad_scale = t.vector(1, 0.5f, 1.0f),
                                           .learning_rate = 1e-6f});
  return watch.speeds;
}

}  // namespace fettle::selftest
