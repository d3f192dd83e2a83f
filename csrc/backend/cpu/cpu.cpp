#include "backend/cpu/cpu.h"

#include <cstdlib>

#include "core/error.h"
#include "core/thread_pool.h"

namespace fettle::cpu {

namespace scalar {
extern const Backend backend;
extern const Probe probe;
}  // namespace scalar
namespace portable {
extern const Backend backend;
extern const Probe probe;
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
extern const Backend backend;
extern const Probe probe;
}  // namespace avx2
namespace avx512 {
extern const Backend backend;
extern const Probe probe;
}  // namespace avx512
namespace avx512bf16 {
extern const Backend backend;
extern const Probe probe;
}  // namespace avx512bf16
#endif

namespace {
struct Tier {
  const Backend* backend;
  const Probe* probe;
};

std::vector<Tier> tiers() {
  std::vector<Tier> t = {{&scalar::backend, &scalar::probe}, {&portable::backend, &portable::probe}};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) t.push_back({&avx2::backend, &avx2::probe});
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq");
  if (avx512) t.push_back({&avx512::backend, &avx512::probe});
  if (avx512 && __builtin_cpu_supports("avx512bf16")) t.push_back({&avx512bf16::backend, &avx512bf16::probe});
#endif
  return t;
}

Tier find_tier(const std::string& name) {
  std::string known;
  for (const Tier& t : tiers()) {
    if (name == t.backend->name) return t;
    known += (known.empty() ? "" : ", ") + std::string(t.backend->name);
  }
  throw Error("FETTLE_DEVICE", "this CPU cannot run the instruction-set tier '" + name + "'; it can run " + known,
              "unset FETTLE_CPU_ISA, or name one of those");
}
}  // namespace

std::vector<std::string> available_tiers() {
  std::vector<std::string> names;
  for (const Tier& t : tiers()) names.emplace_back(t.backend->name);
  return names;
}

const Backend& tier(const std::string& name) { return *find_tier(name).backend; }

const Probe& probe(const std::string& name) { return *find_tier(name).probe; }

const Backend& default_tier() {
  const char* forced = std::getenv("FETTLE_CPU_ISA");
  if (forced && *forced) return tier(forced);
  return *tiers().back().backend;
}

Context context() { return {&default_tier(), &ThreadPool::instance()}; }

}  // namespace fettle::cpu
