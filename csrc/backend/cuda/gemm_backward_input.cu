#include "backend/cuda/gemm_instances.h"

// c = a b: dx = dy w, and the ds = dy b of an adapter

namespace fettle::cuda {
namespace {
using Of = GemmInstances<Sum::AlongRows, Sum::AlongColumns>;
constexpr GemmConfig kConfigs[] = {
    Of::dense<GemmTile<128, 256, 64, 64, 3, 1>>("128x256"),
    Of::dense<GemmTile<256, 128, 64, 64, 3, 1>>("256x128"),
    Of::dense<GemmTile<128, 128, 64, 32, 3, 1>>("128x128"),
    Of::dense<GemmTile<128, 128, 64, 64, 3, 2>>("128x128_4w"),
    Of::dense<GemmTile<64, 128, 32, 64, 4, 1>>("64x128"),
    Of::dense<GemmTile<64, 64, 32, 32, 3, 2>>("64x64"),
    Of::dense<GemmTile<32, 128, 32, 32, 3, 2>>("32x128"),
    Of::dense<GemmTile<16, 128, 16, 32, 3, 2>>("16x128"),
    Of::dense<GemmTile<64, 32, 16, 32, 4, 2>>("64x32"),
    Of::dense<GemmTile<64, 16, 16, 16, 5, 2>>("64x16"),
    Of::dense<GemmTile<64, 64, 32, 32, 3, 2>, false>("unaligned"),
    Of::nf4<GemmTile<128, 128, 64, 32, 3, 1>>("nf4_128x128"),
    Of::nf4<GemmTile<128, 128, 64, 64, 3, 1>>("nf4_128x128_4w"),
    Of::nf4<GemmTile<64, 128, 32, 64, 3, 1>>("nf4_64x128"),
    Of::nf4<GemmTile<32, 128, 32, 32, 3, 1>>("nf4_32x128"),
    Of::nf4<GemmTile<16, 128, 16, 32, 3, 1>>("nf4_16x128"),
};
}  // namespace

std::span<const GemmConfig> backward_input_gemm_configs() { return kConfigs; }

}  // namespace fettle::cuda
