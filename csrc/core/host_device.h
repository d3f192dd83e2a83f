#pragma once

/// For small functions that kernels use too.
#if defined(__CUDACC__)
#define FETTLE_HOST_DEVICE __host__ __device__
#else
#define FETTLE_HOST_DEVICE
#endif
