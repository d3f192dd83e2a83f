#include "core/cache_sizes.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace fettle {
namespace {

/// Linux' list of the first core's caches: the size of the data or unified cache of a level; 0 when it is not there.
size_t from_sysfs(int level) {
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
    if (std::atoi(text) != level || !read(index, "type", text) || text[0] == 'I' || !read(index, "size", text)) continue;
    return size_t(std::max(0, std::atoi(text))) << 10;  // "1024K"
  }
  return 0;
}

/// Of level 1 or 2; what is implausible is taken for the nearest plausible size.
size_t size_of(int level, int name, size_t otherwise, size_t least, size_t most) {
  const long told = sysconf(name);
  size_t bytes = told > 0 ? size_t(told) : from_sysfs(level);
  if (bytes == 0) bytes = otherwise;
  return std::clamp(bytes, least, most);
}

}  // namespace

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = {size_of(1, _SC_LEVEL1_DCACHE_SIZE, 32 << 10, 16 << 10, 256 << 10),
                                   size_of(2, _SC_LEVEL2_CACHE_SIZE, 512 << 10, 128 << 10, 4 << 20)};
  return sizes;
}

}  // namespace fettle
