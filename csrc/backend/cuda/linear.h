#pragma once
#include <string>
#include <vector>

#include "backend/cuda/device.h"
#include "ops/linear.h"

namespace fettle::cuda {

/// The ways to run one that are worth measuring, as FETTLE_CUDA_CONFIG takes them; see gemm_plan.h. None for fp32 operands.
std::vector<std::string> plan_texts(const Device& device, const LinearForward& op);
std::vector<std::string> plan_texts(const Device& device, const LinearBackwardInput& op);
std::vector<std::string> plan_texts(const Device& device, const LinearBackwardWeight& op);

}  // namespace fettle::cuda
