#include "core/cache_sizes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace fettle {
namespace {

/// Linux' list of the first core's caches: a number of the data or unified cache of a level; 0 when it is not there.
size_t from_sysfs(int level, const char* file) {
  const auto read = [](int index, const char* file, char (&text)[32]) {
    const std::string path = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/" + file;
    std::FILE* f = std::fopen(path.c_str(), "r");
    if (!f) return false;
    const bool ok = std::fgets(text, sizeof text, f) != nullptr;
    std::fclose(f);
    return ok;
  };
  char text[32];
  for (int index = 0; read(index, "level", text); ++index) {
    if (std::atoi(text) != level || !read(index, "type", text) || text[0] == 'I' || !read(index, file, text)) continue;
    return size_t(std::max(0, std::atoi(text)));
  }
  return 0;
}

/// What sysconf or else sysfs tells, in units of the latter; what is implausible is taken for the nearest plausible value.
size_t told(int name, int level, const char* file, size_t unit, size_t otherwise, size_t least, size_t most) {
  const long value = sysconf(name);
  size_t n = value > 0 ? size_t(value) : from_sysfs(level, file) * unit;
  if (n == 0) n = otherwise;
  return std::clamp(n, least, most);
}

}  // namespace

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = {told(_SC_LEVEL1_DCACHE_SIZE, 1, "size", 1 << 10, 32 << 10, 16 << 10, 256 << 10),  // "32K"
                                   told(_SC_LEVEL2_CACHE_SIZE, 2, "size", 1 << 10, 512 << 10, 128 << 10, 4 << 20),
                                   told(_SC_LEVEL1_DCACHE_ASSOC, 1, "ways_of_associativity", 1, 8, 1, 64)};
  return sizes;
}

}  // namespace fettle
