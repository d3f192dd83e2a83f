#include "backend/cuda/gemm_instances.h"

// c = a^T b, a sum over tokens: dw = dy^T x

namespace fettle::cuda {
namespace {
constexpr Sum kA = Sum::AlongColumns, kB = Sum::AlongColumns;
constexpr GemmConfig kConfigs[] = {
    dense_config<kA, kB, GemmTile<128, 128, 64, 32, 3>, true>("128x128"),
    dense_config<kA, kB, GemmTile<64, 64, 32, 32, 3>, false>("unaligned"),
};
}  // namespace

std::span<const GemmConfig> backward_weight_gemm_configs() { return kConfigs; }

}  // namespace fettle::cuda
