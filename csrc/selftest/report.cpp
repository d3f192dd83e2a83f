#include "selftest/report.h"

#include <algorithm>
#include <cinttypes>
#include <map>

namespace fettle::selftest {
namespace {

/// In double quotes.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += uint8_t(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

struct Tally {
  int64_t passed = 0, failed = 0;
  double error = 0;
};

}  // namespace

int64_t failures(const Report& report) {
  return std::count_if(report.outcomes.begin(), report.outcomes.end(), [](const Outcome& o) { return !o.problem.empty(); });
}

void print(const Report& report, FILE* to) {
  const FettleDeviceInfo& d = report.device;
  std::fprintf(to, "%s, %s, %s, %.1f of %.1f GiB free, seed %" PRIu64 "\n\n", d.name, d.architecture, d.driver,
               double(d.free_bytes) / double(1 << 30), double(d.memory_bytes) / double(1 << 30), report.seed);
  std::map<std::string, Tally> ops;
  for (const Outcome& o : report.outcomes) {
    Tally& tally = ops[o.op];
    ++(o.problem.empty() ? tally.passed : tally.failed);
    tally.error = std::max(tally.error, o.error);
  }
  std::fprintf(to, "%-24s %7s %7s  %s\n", "op", "passed", "failed", "largest error");
  for (const auto& [op, tally] : ops)
    std::fprintf(to, "%-24s %7" PRId64 " %7" PRId64 "  %.2g\n", op.c_str(), tally.passed, tally.failed, tally.error);
  for (const Outcome& o : report.outcomes)
    if (!o.problem.empty()) std::fprintf(to, "\nFAILED %s (%s): %s", o.op.c_str(), o.label.c_str(), o.problem.c_str());
  if (failures(report) > 0) std::fprintf(to, "\n");
  if (!report.speeds.empty()) std::fprintf(to, "\n%-24s %12s %10s %10s  %s\n", "op", "microseconds", "GB/s", "TFLOP/s", "size");
  for (const Speed& s : report.speeds)
    std::fprintf(to, "%-24s %12.1f %10.1f %10.1f  %s\n", s.op.c_str(), s.seconds * 1e6, s.gigabytes_per_second, s.teraflops,
                 s.label.c_str());
  std::fprintf(to, "\n%" PRId64 " passed, %" PRId64 " failed\n", int64_t(report.outcomes.size()) - failures(report), failures(report));
}

void write_json(const Report& report, FILE* to) {
  const FettleDeviceInfo& d = report.device;
  std::fprintf(to, "{\"device\":%s,\"architecture\":%s,\"driver\":%s,\"memory_bytes\":%" PRIu64 ",\"seed\":%" PRIu64 ",\n\"cases\":[",
               quoted(d.name).c_str(), quoted(d.architecture).c_str(), quoted(d.driver).c_str(), d.memory_bytes, report.seed);
  const char* comma = "";
  for (const Outcome& o : report.outcomes) {
    // JSON knows no infinity
    std::fprintf(to, "%s\n{\"op\":%s,\"case\":%s,\"passed\":%s,\"error\":%.6g,\"problem\":%s}", comma, quoted(o.op).c_str(),
                 quoted(o.label).c_str(), o.problem.empty() ? "true" : "false", std::min(o.error, 1e300), quoted(o.problem).c_str());
    comma = ",";
  }
  std::fprintf(to, "\n],\n\"speeds\":[");
  comma = "";
  for (const Speed& s : report.speeds) {
    std::fprintf(to, "%s\n{\"op\":%s,\"size\":%s,\"seconds\":%.6g,\"gigabytes_per_second\":%.6g,\"teraflops\":%.6g}", comma,
                 quoted(s.op).c_str(), quoted(s.label).c_str(), s.seconds, s.gigabytes_per_second, s.teraflops);
    comma = ",";
  }
  std::fprintf(to, "\n],\n\"passed\":%s}\n", failures(report) == 0 ? "true" : "false");
}

}  // namespace fettle::selftest
