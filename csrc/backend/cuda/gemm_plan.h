#pragma once
#include <string>
#include <vector>

#include "backend/cuda/gemm.h"

namespace fettle::cuda {

/// How a GEMM is computed.
struct GemmPlan {
  const GemmConfig* config;
  int splits;     // of k: blocks that share a tile of c; their sums meet in a second kernel
  bool dense;     // b is first made bf16, in scratch
  int64_t panel;  // columns of c at a time, so that their part of a dense b stays in L2; all of them: at once
  double clocks;  // what the cost model expects
};

/// The plan that FETTLE_CUDA_CONFIG=op:configuration[*splits][/panel],... asks for, else the one that `fettle bench --tune` found, else the
/// one that the cost model takes for fastest (kernels.md 2.4).
GemmPlan plan_gemm(const Device& device, Direction direction, const Gemm& gemm);

/// What is worth measuring, as FETTLE_CUDA_CONFIG takes it, the one that the cost model takes for fastest first.
std::vector<std::string> plan_texts(const Device& device, Direction direction, const Gemm& gemm);

}  // namespace fettle::cuda
