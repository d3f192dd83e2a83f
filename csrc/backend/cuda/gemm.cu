#include <algorithm>

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
    g.aligned2 = whole_vectors(8, gemm.a2, gemm.b2);
  }
  g.out = {gemm.c.data,    gemm.c.ld, g.m, g.n, gemm.c.dtype == DType::BF16, rows_aligned(gemm.c), gemm.alpha, gemm.bias.as<const float>(),
           gemm.accumulate};
  return g;
}

/// Rows [first, first + n) of packed weights, where first * cols is a multiple of 256 blocks; `scales` holds theirs.
Tensor packed_rows(const Tensor& w, int64_t first, int64_t n, Nf4Scales& scales) {
  const int64_t block = first * w.cols / 64;
  scales = *w.nf4;
  if (scales.absmax) scales.absmax += block;
  if (scales.codes) scales.codes += block, scales.absmax2 += block / 256;
  Tensor part = w;
  part.data = w.as<uint8_t>() + first * w.cols / 2;
  part.rows = n;
  part.nf4 = &scales;
  return part;
}

/// b in scratch as bf16.
void to_bf16(Device& device, const Tensor& from, const Tensor& to) {
  if (from.dtype == DType::NF4)
    run(device, Nf4Dequantize{.w = from, .y = to});
  else
    run(device, Cast{.x = from, .y = to});
}

unsigned blocks_of(int64_t n, int64_t each) { return unsigned((n + each - 1) / each); }

/// One product with what the plan says; b is as the configuration takes it.
void start(Device& device, Direction direction, const Gemm& gemm, const GemmPlan& plan, float* partial) {
  GemmArguments g = arguments_of(direction, gemm);
  g.slabs = int(blocks_of(blocks_of(g.k, kSlab), plan.splits));
  g.partial = partial;
  g.partial_pitch = rounded_up(g.n, 8);
  plan.config->start(device, g, plan.splits);
  if (plan.splits > 1)
    launch(device, "add_partials", add_partials, dim3(blocks_of(g.m * g.partial_pitch / 8, kThreads)), dim3(kThreads), 0, g, plan.splits);
}

/// The same, where a's rows begin at whole vectors of 8 but end within one: what is past the last whole vector becomes the second product,
/// which takes any rows. So a vocabulary of 32001 has the fast kernels too.
Gemm with_tail_apart(Direction direction, const Gemm& gemm) {
  const int64_t whole = gemm.a.cols / 8 * 8, rest = gemm.a.cols - whole;
  if (direction == Direction::BackwardWeight || rest == 0 || whole < kSlab || gemm.a2 || gemm.alpha != 1.0f ||
      gemm.b.dtype != DType::BF16 || !rows_aligned(gemm.a, gemm.b))
    return gemm;
  const bool along_rows = direction == Direction::Forward;
  Gemm apart = gemm;
  apart.a = gemm.a.columns(0, whole);
  apart.a2 = gemm.a.columns(whole, rest);
  apart.b = along_rows ? gemm.b.columns(0, whole) : gemm.b.slice(0, whole);
  apart.b2 = along_rows ? gemm.b.columns(whole, rest) : gemm.b.slice(whole, rest);
  return apart;
}

}  // namespace

void run_gemm(Device& device, Direction direction, const Gemm& given) {
  if (given.c.size() == 0) return;
  const Gemm gemm = with_tail_apart(direction, given);
  const GemmPlan plan = plan_gemm(device, direction, gemm);
  const bool panels = plan.panel < gemm.c.cols;
  const int64_t b_ld = rounded_up(gemm.b.cols, 8), b_rows = panels ? plan.panel : gemm.b.rows;
  const int64_t b_bytes = plan.dense ? rounded_up(b_rows * b_ld * int64_t(sizeof(bf16)), 256) : 0;
  const int64_t partial_bytes = plan.splits > 1 ? plan.splits * gemm.c.rows * rounded_up(gemm.c.cols, 8) * int64_t(sizeof(float))
                                                : int64_t(plan.config->workspace_bytes);
  auto* scratch = static_cast<unsigned char*>(b_bytes + partial_bytes > 0 ? device.scratch(size_t(b_bytes + partial_bytes)) : nullptr);
  auto* partial = partial_bytes > 0 ? reinterpret_cast<float*>(scratch + b_bytes) : nullptr;
  if (!plan.dense) return start(device, direction, gemm, plan, partial);

  Gemm dense = gemm;
  dense.b = {scratch, DType::BF16, gemm.b.rows, gemm.b.cols, b_ld};
  if (!panels) {
    to_bf16(device, gemm.b, dense.b);
    return start(device, direction, dense, plan, partial);
  }
  for (int64_t first = 0; first < gemm.c.cols; first += plan.panel) {
    const int64_t n = std::min(plan.panel, gemm.c.cols - first);
    Nf4Scales scales;
    dense.b.rows = n;
    to_bf16(device, packed_rows(gemm.b, first, n, scales), dense.b);
    dense.c = gemm.c.columns(first, n);
    if (gemm.bias) dense.bias = gemm.bias.columns(first, n);
    if (gemm.b2) dense.b2 = gemm.b2.slice(first, n);
    start(device, direction, dense, plan, partial);
  }
}

}  // namespace fettle::cuda
