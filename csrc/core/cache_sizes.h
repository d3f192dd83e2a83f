#pragma once
#include <cstddef>

namespace fettle {

/// Bytes of the data caches that one core can count on.
struct CacheSizes {
  size_t l1, l2;
};

/// As the system tells; 32 KiB and 512 KiB where it does not.
const CacheSizes& cache_sizes();

}  // namespace fettle
