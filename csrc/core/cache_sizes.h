#pragma once
#include <cstddef>

namespace fettle {

/// Bytes of the data caches that one core can count on.
struct CacheSizes {
  size_t l1, l2;
  size_t l1_ways;  // lines of a set of the first level
};

/// As the system tells; 32 KiB, 512 KiB and 8 where it does not.
const CacheSizes& cache_sizes();

}  // namespace fettle
