#include "backend/cpu/cpu.h"

#include <cstdlib>

#include "core/error.h"
#include "core/thread_pool.h"

namespace fettle::cpu {

namespace scalar {
extern const Backend backend;
}
namespace portable {
extern const Backend backend;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Backend backend;
}
namespace avx512 {
extern const Backend backend;
}
namespace avx512bf16 {
extern const Backend backend;
}
#endif

namespace {
std::vector<const Backend*> tiers() {
  std::vector<const Backend*> t = {&scalar::backend, &portable::backend};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) t.push_back(&avx2::backend);
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq");
  if (avx512) t.push_back(&avx512::backend);
  if (avx512 && __builtin_cpu_supports("avx512bf16")) t.push_back(&avx512bf16::backend);
#endif
  return t;
}
}  // namespace

std::vector<std::string> available_tiers() {
  std::vector<std::string> names;
  for (const Backend* b : tiers()) names.emplace_back(b->name);
  return names;
}

const Backend& tier(const std::string& name) {
  std::string known;
  for (const Backend* b : tiers()) {
    if (name == b->name) return *b;
    known += (known.empty() ? "" : ", ") + std::string(b->name);
  }
  throw Error("FETTLE_DEVICE", "this CPU cannot run the instruction-set tier '" + name + "'; it can run " + known,
              "unset FETTLE_CPU_ISA, or name one of those");
}

const Backend& default_tier() {
  const char* forced = std::getenv("FETTLE_CPU_ISA");
  if (forced && *forced) return tier(forced);
  return *tiers().back();
}

Context context() { return {&default_tier(), &ThreadPool::instance()}; }

}  // namespace fettle::cpu
