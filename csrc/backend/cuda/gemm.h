#pragma once
#include <span>

#include "backend/cuda/device.h"
#include "backend/cuda/device/gemm_epilogue.h"
#include "backend/cuda/device/nf4.h"
#include "backend/cuda/device/tile_copy.h"

namespace fettle::cuda {

/// What a GEMM computes: c [m, n] (+)= alpha * a b + a2 b2 + bias, products of bf16 summed in fp32. The second product may be absent.
struct Gemm {
  const char* op;
  Tensor a, b, a2, b2;
  Tensor c, bias;
  float alpha = 1.0f;
  bool accumulate = false;
};
/// How the operands lie, row-major each. Those of the second product lie alike.
enum class Direction {
  Forward,         // a [m, k], b [n, k]: x w^T
  BackwardInput,   // a [m, k], b [k, n]: dy w
  BackwardWeight,  // a [k, m], b [k, n]: dy^T x
};

/// Runs it with the configuration that the cost model takes for fastest, or FETTLE_CUDA_CONFIG=op:configuration asks for. b may be F32,
/// BF16 or NF4.
void run_gemm(Device& device, Direction direction, const Gemm& gemm);

/// The same for kernels.
struct GemmArguments {
  int m, n, k, k2;
  Source a, b, a2, b2;
  ScaleReader scales;  // of an NF4 b
  int aligned2;        // rows of a2 and b2 are whole vectors of 8
  int slabs;           // of k, for each split
  int group_shift;     // 1 << this: tiles of rows side by side that take turns at a tile of columns
  float* partial;      // [splits, m, pitch]: each split's sums go there instead of to `out`, or null
  int64_t partial_pitch;
  GemmOutput out;
};

/// A tile shape: one instance of the kernel. Or a library's product.
struct GemmConfig {
  const char* name;
  int rows, columns;  // of c that a block computes
  int warp_rows, warp_columns, stages;
  int threads, shared_bytes;
  int blocks;              // that fit an SM by registers
  bool nf4, aligned;       // takes NF4 weights (whole blocks in a row); takes only rows of whole vectors of 8
  bool gemv;               // for at most `rows` rows; of any alignment in a
  size_t workspace_bytes;  // of a library, whose plans only a measurement chooses; given as `partial`
  void (*start)(Device&, const GemmArguments&, int splits);
};
std::span<const GemmConfig> forward_gemm_configs();
std::span<const GemmConfig> backward_input_gemm_configs();
std::span<const GemmConfig> backward_weight_gemm_configs();
/// cuBLASLt, where it is found.
std::span<const GemmConfig> cublaslt_configs(Direction direction);
/// More of the forward direction, for few tokens.
std::span<const GemmConfig> gemv_configs();

}  // namespace fettle::cuda
