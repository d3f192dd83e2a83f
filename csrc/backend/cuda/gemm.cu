#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "backend/cuda/device/gemm_epilogue.h"
#include "backend/cuda/device/vector.h"
#include "backend/cuda/gemm.h"

namespace fettle::cuda {
namespace {

// bytes: splits * m n fp32 read, c written
__global__ void __launch_bounds__(256) gemm_add_partials(const GemmArguments g, int splits) {
  const int64_t pairs_per_row = (g.n + 1) / 2, pair = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (pair >= g.m * pairs_per_row) return;
  const int row = int(pair / pairs_per_row), column = int(pair % pairs_per_row) * 2;
  const bool both = column + 1 < g.n;
  const float* from = g.partial + int64_t(row) * g.n + column;
  float sum0 = 0, sum1 = 0;
  for (int s = 0; s < splits; ++s, from += int64_t(g.m) * g.n) {
    sum0 += from[0];
    if (both) sum1 += from[1];
  }
  GemmEpilogue(g).store_pair(row, column, sum0, sum1);
}

std::span<const GemmConfig> configs_of(Direction direction) {
  switch (direction) {
    case Direction::Forward: return forward_gemm_configs();
    case Direction::BackwardInput: return backward_input_gemm_configs();
    case Direction::BackwardWeight: return backward_weight_gemm_configs();
  }
  return {};
}

Source source_of(const Tensor& t) {
  const int64_t pitch = t.dtype == DType::NF4 ? t.cols / 2 : (t.rows == 1 ? (t.cols + 7) / 8 * 8 : t.ld) * 2;
  return {t.as<const unsigned char>(), pitch, int(t.rows), int(t.cols)};
}

/// FETTLE_CUDA_CONFIG=op:config, several apart by commas.
std::string forced_config(const char* op) {
  const char* all = std::getenv("FETTLE_CUDA_CONFIG");
  if (!all) return "";
  std::string list = std::string(",") + all + ",";
  const std::string key = std::string(",") + op + ":";
  const size_t at = list.find(key);
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size();
  return list.substr(begin, list.find(',', begin) - begin);
}

const GemmConfig& choose(std::span<const GemmConfig> configs, const char* op, bool nf4, bool aligned) {
  const std::string forced = forced_config(op);
  for (const GemmConfig& c : configs)
    if (forced == c.name && c.nf4 == nf4 && (aligned || !c.aligned)) return c;
  for (const GemmConfig& c : configs)
    if (c.nf4 == nf4 && c.aligned == aligned) return c;
  throw Error("FETTLE_INTERNAL", std::string(op) + ": no kernel for these operands");
}

int64_t tiles(int64_t n, int64_t of) { return (n + of - 1) / of; }

}  // namespace

void run_gemm(Device& device, const char* op, Direction direction, const Gemm& gemm) {
  const bool sum_of_a_along_rows = direction != Direction::BackwardWeight;
  const bool nf4 = gemm.b.dtype == DType::NF4, aligned = rows_aligned(gemm.a) && (nf4 || rows_aligned(gemm.b));
  GemmArguments g{};
  g.m = int(gemm.c.rows);
  g.n = int(gemm.c.cols);
  g.k = int(sum_of_a_along_rows ? gemm.a.cols : gemm.a.rows);
  g.a = source_of(gemm.a);
  g.b = source_of(gemm.b);
  if (nf4) g.scales = ScaleReader(*gemm.b.nf4);
  if (gemm.a2) {
    g.k2 = int(gemm.a2.cols);
    g.a2 = source_of(gemm.a2);
    g.b2 = source_of(gemm.b2);
    g.aligned2 = rows_aligned(gemm.a2, gemm.b2);
  }
  g.c = gemm.c.data;
  g.c_pitch = gemm.c.ld;
  g.c_bf16 = gemm.c.dtype == DType::BF16;
  g.c_pairs = reinterpret_cast<uintptr_t>(gemm.c.data) % (g.c_bf16 ? 4 : 8) == 0 && (g.m == 1 || gemm.c.ld % 2 == 0);
  g.alpha = gemm.alpha;
  g.bias = gemm.bias.as<const float>();
  g.accumulate = gemm.accumulate;
  if (g.m == 0 || g.n == 0) return;

  const GemmConfig& config = choose(configs_of(direction), op, nf4, aligned);
  const int slabs = int(tiles(g.k, kSlab));
  g.slabs = slabs;
  config.start(device, g, dim3(unsigned(tiles(g.m, config.rows) * tiles(g.n, config.columns))));
}

}  // namespace fettle::cuda
