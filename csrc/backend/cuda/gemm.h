#pragma once
#include <span>

#include "backend/cuda/device.h"
#include "backend/cuda/device/nf4.h"
#include "backend/cuda/device/tile_copy.h"

namespace fettle::cuda {

/// What a GEMM computes: c [m, n] (+)= alpha * a b + a2 b2 + bias, products of bf16 summed in fp32. Every operand is stored row-major as
/// its direction asks; the second product may be absent.
enum class Direction {
  Forward,         // a [m, k], b [n, k]: x w^T; b may be NF4
  BackwardInput,   // a [m, k], b [k, n]: dy w;  b may be NF4
  BackwardWeight,  // a [k, m], b [k, n]: dy^T x
};
struct Gemm {
  Tensor a, b, a2, b2;
  Tensor c, bias;
  float alpha = 1.0f;
  bool accumulate = false;
};

/// The same for kernels.
struct GemmArguments {
  int m, n, k, k2;
  Source a, b, a2, b2;
  ScaleReader scales;  // of b
  int aligned2;        // rows of a2 and b2 start at multiples of 16 bytes
  int slabs;           // of k, for each z of the grid
  float* partial;      // [z, m, n] sums of the slabs instead of c, or null
  void* c;
  int64_t c_pitch;  // elements
  int c_bf16;
  int c_pairs;  // two neighbours of a row of c may be stored at once
  float alpha;
  const float* bias;
  int accumulate;
};

/// A tile shape: an instance of a kernel for one direction.
struct GemmConfig {
  const char* name;  // rows x columns of c that a block computes, warps' rows x columns, stages
  int rows, columns, threads, shared_bytes;
  bool nf4, aligned;  // takes NF4 weights (whole blocks in a row, aligned); takes aligned rows only
  void (*start)(Device&, const GemmArguments&, dim3 grid);
};

std::span<const GemmConfig> forward_gemm_configs();
std::span<const GemmConfig> backward_input_gemm_configs();
std::span<const GemmConfig> backward_weight_gemm_configs();

/// Chooses a configuration and runs it. `op` is for FETTLE_CUDA_CONFIG=op:config, which forces one.
void run_gemm(Device& device, const char* op, Direction direction, const Gemm& gemm);

}  // namespace fettle::cuda
