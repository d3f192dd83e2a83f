#include "backend/cuda/gemm_instances.h"

// c = a b: dx = dy w, and ds = dy b

namespace fettle::cuda {
namespace {
constexpr Sum kA = Sum::AlongRows, kB = Sum::AlongColumns;
constexpr GemmConfig kConfigs[] = {
    dense_config<kA, kB, GemmTile<128, 128, 64, 32, 3>, true>("128x128"),
    dense_config<kA, kB, GemmTile<64, 64, 32, 32, 3>, false>("unaligned"),
    nf4_config<kA, kB, GemmTile<128, 128, 64, 32, 3>>("nf4_128x128"),
};
}  // namespace

std::span<const GemmConfig> backward_input_gemm_configs() { return kConfigs; }

}  // namespace fettle::cuda
