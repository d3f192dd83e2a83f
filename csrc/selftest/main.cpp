// fettle-selftest: every op of a device library against the scalar CPU loops, a small training run, the speed of the main kernels; for
// machines that have a GPU and no Node.
//   fettle-selftest [--device cuda|cuda:N|simt] [--seed N] [--op NAME] [--json FILE]
// Exit code: 0 all passed, 1 something failed, 2 usage, 3 no device.
#include <cstdlib>
#include <cstring>
#include <optional>

#include "backend/cpu/cpu.h"
#include "backend/library/device.h"
#include "core/error.h"
#include "core/thread_pool.h"
#include "selftest/cases.h"
#include "selftest/report.h"
#include "selftest/training.h"

namespace fettle::selftest {
namespace {

struct Options {
  std::string device = "cuda", op, json;
  uint64_t seed = 0;
};

std::optional<Options> read_options(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) return std::nullopt;
    if (name == "--device")
      o.device = argv[i + 1];
    else if (name == "--seed")
      o.seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (name == "--op")
      o.op = argv[i + 1];
    else if (name == "--json")
      o.json = argv[i + 1];
    else
      return std::nullopt;
  }
  return o;
}

int test(const Options& options) {
  Context device = open_device(options.device);
  Judge judge({&cpu::tier("scalar"), &ThreadPool::instance()}, device, options.op);
  std::vector<Speed> speeds;
  every_case(judge, options.seed);
  if (options.op.empty()) {
    training_cases(judge, cpu::context());
    try {
      speeds = measure_speed(device, options.device == "simt");
    } catch (const std::exception& e) {
      judge.add({"speed", "", 0, e.what()});
    }
  }
  const Report report{device_info(device), options.seed, judge.outcomes(), speeds};
  print(report, stdout);
  if (!options.json.empty()) {
    FILE* file = std::fopen(options.json.c_str(), "w");
    if (!file) throw Error("FETTLE_PERMISSION", "cannot write " + options.json + ": " + std::strerror(errno), "name another file");
    write_json(report, file);
    std::fclose(file);
  }
  return failures(report) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fettle::selftest

int main(int argc, char** argv) {
  const auto options = fettle::selftest::read_options(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: fettle-selftest [--device cuda|cuda:N|simt] [--seed N] [--op NAME] [--json FILE]\n");
    return 2;
  }
  try {
    return fettle::selftest::test(*options);
  } catch (const fettle::Error& e) {
    std::fprintf(stderr, "%s: %s\n%s\n", e.code().c_str(), e.what(), e.hint().c_str());
    return e.code() == "FETTLE_DEVICE" || e.code() == "FETTLE_MEMORY" ? 3 : 1;
  }
}
