#include "backend/cuda/device/vector.h"
#include "backend/cuda/gemm.h"
#include "backend/cuda/gemm_plan.h"

namespace fettle::cuda {
namespace {

constexpr int kThreads = 256;

// The splits' sums in the order of k. Bytes: splits * m n fp32 read, c written
__global__ void __launch_bounds__(kThreads) add_partials(const __grid_constant__ GemmArguments g, int splits) {
  const int64_t vectors = g.partial_pitch / 8, i = int64_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= g.m * vectors) return;
  const int row = int(i / vectors), column = int(i % vectors) * 8;
  const float* from = g.partial + row * g.partial_pitch + column;
  float sum[8] = {};
  for (int s = 0; s < splits; ++s) {
    float v[8];
    load8(v, from + s * g.m * g.partial_pitch);
#pragma unroll
    for (int j = 0; j < 8; ++j) sum[j] += v[j];
  }
  if (g.out.is_bf16)
    g.out.store<bf16>(row, column, sum);
  else
    g.out.store<float>(row, column, sum);
}

int64_t rounded_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

Source source_of(const Tensor& t) {
  const int64_t ld = t.rows == 1 ? rounded_up(t.cols, 8) : t.ld;  // one row has no pitch of its own
  return {t.as<const unsigned char>(), t.dtype == DType::NF4 ? t.cols / 2 : ld * 2, int(t.rows), int(t.cols)};
}

GemmArguments arguments_of(Direction direction, const Gemm& gemm) {
  GemmArguments g{};
  g.m = int(gemm.c.rows);
  g.n = int(gemm.c.cols);
  g.k = int(direction == Direction::BackwardWeight ? gemm.a.rows : gemm.a.cols);
  g.a = source_of(gemm.a);
  g.b = source_of(gemm.b);
  if (gemm.b.dtype == DType::NF4) g.scales = ScaleReader(*gemm.b.nf4);
  if (gemm.a2) {
    g.k2 = int(gemm.a2.cols);
    g.a2 = source_of(gemm.a2);
    g.b2 = source_of(gemm.b2);
    g.aligned2 = rows_aligned(gemm.a2, gemm.b2);
  }
  g.out = {gemm.c.data,    gemm.c.ld, g.m, g.n, gemm.c.dtype == DType::BF16, rows_aligned(gemm.c), gemm.alpha, gemm.bias.as<const float>(),
           gemm.accumulate};
  return g;
}

void to_bf16(Device& device, const Tensor& from, const Tensor& to) {
  if (from.dtype == DType::NF4)
    run(device, Nf4Dequantize{.w = from, .y = to});
  else
    run(device, Cast{.x = from, .y = to});
}

}  // namespace

void run_gemm(Device& device, Direction direction, const Gemm& gemm) {
  if (gemm.c.size() == 0) return;
  const GemmPlan plan = plan_gemm(device, direction, gemm);
  const int64_t b_ld = rounded_up(gemm.b.cols, 8), partial_pitch = rounded_up(gemm.c.cols, 8);
  const int64_t b_bytes = plan.dense ? rounded_up(gemm.b.rows * b_ld * int64_t(sizeof(bf16)), 256) : 0;
  const int64_t partial_bytes = plan.splits > 1 ? plan.splits * gemm.c.rows * partial_pitch * int64_t(sizeof(float)) : 0;
  auto* scratch = static_cast<unsigned char*>(b_bytes + partial_bytes > 0 ? device.scratch(size_t(b_bytes + partial_bytes)) : nullptr);

  Gemm dense = gemm;
  if (plan.dense) {
    dense.b = {scratch, DType::BF16, gemm.b.rows, gemm.b.cols, b_ld};
    to_bf16(device, gemm.b, dense.b);
  }
  GemmArguments g = arguments_of(direction, dense);
  const auto blocks = [](int64_t n, int64_t of) { return unsigned((n + of - 1) / of); };
  const unsigned slabs = blocks(g.k, kSlab);
  g.slabs = int(blocks(slabs, plan.splits));
  if (plan.splits > 1) {
    g.partial = reinterpret_cast<float*>(scratch + b_bytes);
    g.partial_pitch = partial_pitch;
  }
  const GemmConfig& c = *plan.config;
  c.start(device, g, dim3(blocks(g.m, c.rows) * blocks(g.n, c.columns), 1, unsigned(plan.splits)));
  if (plan.splits > 1)
    launch(device, "add_partials", add_partials, dim3(blocks(g.m * partial_pitch / 8, kThreads)), dim3(kThreads), 0, g, plan.splits);
}

}  // namespace fettle::cuda
