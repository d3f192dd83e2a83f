#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "backend/cuda/config.h"
#include "backend/cuda/gemm_plan.h"

namespace fettle::cuda {
namespace {

/// What one SM does in a clock: data sheets; mma.sync gets 62 % of the dense rate on sm_90.
struct Rates {
  int architecture;              // the first that these hold for
  double flops, bytes, decoded;  // bf16 mma; DRAM; NF4 weights
  int shared_bytes;              // of an SM
};
constexpr Rates kRates[] = {
    {80, 2048, 13.4, 22, 164 << 10}, {86, 512, 6.7, 22, 100 << 10},  {89, 512, 3.1, 22, 100 << 10},
    {90, 2540, 13.9, 22, 228 << 10}, {100, 2540, 29, 22, 228 << 10}, {120, 512, 4.4, 22, 100 << 10},
};
constexpr double kSharedBytes = 128;  // read or written in a clock
constexpr double kLatency = 800;      // clocks from a copy's start to its data
constexpr double kLaunch = 5000;      // one more kernel in the stream
constexpr double kMostPartialBytes = 64 << 20;
constexpr double kL2Rate = 3;        // times that of DRAM
constexpr double kWorthTrying = 3;   // times the best that the model expects: what is slower need not be measured
constexpr int64_t kPanelStep = 256;  // rows of w whose scales begin at a whole group of second-level scales

const Rates& rates_of(int architecture) {
  const Rates* found = &kRates[0];
  for (const Rates& r : kRates)
    if (architecture >= r.architecture) found = &r;
  return *found;
}

double tiles(double n, double of) { return std::ceil(n / of); }

struct Shape {
  double m, n, k;
};

/// Clocks of two things that overlap, not quite.
double together(double a, double b) { return std::max(a, b) + 0.25 * std::min(a, b); }

/// The cost model of kernels.md 2.4, in clocks. It only ranks: what counts is measured by `fettle bench --tune`.
struct Machine {
  const Rates& sm;
  double sms, bytes;  // DRAM bytes in a clock, all SMs

  explicit Machine(const Device& device)
      : sm(rates_of(device.architecture())), sms(device.properties().multiProcessorCount), bytes(sm.bytes * sms) {}

  double clocks(const GemmConfig& c, const Shape& s, int splits, double b_bytes) const {
    const double traffic = (2 * s.m * s.k + b_bytes + 2 * s.m * s.n) / (0.9 * bytes);
    if (c.workspace_bytes > 0) return together(2 * s.m * s.n * s.k / (sm.flops * sms), traffic) + kLaunch;
    if (c.gemv) return together(traffic, c.nf4 ? s.n * s.k / (sm.decoded * sms) : 0) + 2 * kLatency + kLaunch;
    const double slabs = tiles(tiles(s.k, kSlab), splits), blocks = tiles(s.m, c.rows) * tiles(s.n, c.columns) * splits;
    const double resident = std::max(1, std::min(c.blocks, sm.shared_bytes / (c.shared_bytes + 1024)));
    const double on_one_sm = tiles(blocks, sms), side_by_side = std::min(resident, on_one_sm);
    // a block's slab: the busiest unit, or the wait for the next slab where too little is on its way
    const double multiply = 2.0 * c.rows * c.columns * kSlab / sm.flops;
    const double shared = (c.threads / 32 * (c.warp_rows + c.warp_columns) + c.rows + c.columns) * kTileRowBytes / kSharedBytes;
    const double decode = c.nf4 ? c.columns * kSlab / sm.decoded : 0;
    const double work = std::max({multiply, shared, decode}) + 0.2 * decode + 40;
    const double slab = std::max(side_by_side * work, kLatency / (c.stages - 1));
    const double compute = tiles(on_one_sm, resident) * (slabs * slab + 2 * kLatency);
    const double add = splits > 1 ? kLaunch + 8.0 * splits * s.m * s.n / bytes : 0;
    return together(compute, traffic) + add + kLaunch;
  }
};

/// A plan as FETTLE_CUDA_CONFIG and the tuner write it: configuration[*splits][/panel]. What is left out is any.
struct Wish {
  std::string config;
  int splits = 0, panel = 0;

  explicit Wish(std::string text) : config(std::move(text)) {
    panel = number_after('/');
    splits = number_after('*');
  }

 private:
  int number_after(char mark) {
    const size_t place = config.find(mark);
    if (place == std::string::npos) return 0;
    const int number = std::max(1, std::atoi(config.c_str() + place + 1));
    config.resize(place);
    return number;
  }
};

std::vector<const GemmConfig*> configs_of(Direction direction) {
  std::vector<const GemmConfig*> all;
  const auto add = [&](std::span<const GemmConfig> configs) {
    for (const GemmConfig& c : configs) all.push_back(&c);
  };
  switch (direction) {
    case Direction::Forward: add(gemv_configs()), add(forward_gemm_configs()); break;
    case Direction::BackwardInput: add(backward_input_gemm_configs()); break;
    case Direction::BackwardWeight: add(backward_weight_gemm_configs()); break;
  }
  add(cublaslt_configs(direction));
  return all;
}

/// What the operands of a GEMM allow.
struct Traits {
  bool packed, converted;   // b is NF4, or F32
  bool whole_blocks;        // no NF4 block is shared by two rows, rows start at multiples of 16 bytes
  bool a_aligned, aligned;  // rows of a, of a and of what b becomes, are whole vectors of 8
  bool panels;              // b may be decoded in part
  bool library;             // all that a library needs

  Traits(Direction direction, const Gemm& gemm)
      : packed(gemm.b.dtype == DType::NF4),
        converted(gemm.b.dtype == DType::F32),
        whole_blocks(packed && gemm.b.cols % 64 == 0 && reinterpret_cast<uintptr_t>(gemm.b.data) % 16 == 0),
        a_aligned(whole_vectors(8, gemm.a)),
        aligned(a_aligned && (packed || converted ? gemm.b.cols % 8 == 0 : whole_vectors(8, gemm.b))),
        panels(whole_blocks && direction == Direction::Forward),
        library(aligned && !gemm.bias && whole_vectors(8, gemm.a2, gemm.b2) && rows_aligned(gemm.c)) {}

  uint32_t bits() const { return packed | converted << 1 | whole_blocks << 2 | a_aligned << 3 | aligned << 4 | library << 5; }
  bool allow(const GemmConfig& c, const Gemm& gemm) const {
    if (c.workspace_bytes > 0) return library;
    if (c.gemv) return gemm.c.rows <= c.rows && (c.nf4 ? whole_blocks : gemm.b.dtype == DType::BF16 && whole_vectors(8, gemm.b));
    return c.nf4 ? whole_blocks && a_aligned : aligned || !c.aligned;
  }
};

/// Offers the plans with configuration `c` that `wish` leaves.
template <class Offer>
void offer_plans(const Machine& machine, const GemmConfig& c, const Shape& s, const Traits& traits, const Wish& wish, int64_t l2_bytes,
                 const Offer& offer) {
  const double weights = s.n * s.k;
  const bool dense = !c.nf4 && (traits.packed || traits.converted);
  const double prepare = dense ? kLaunch + (traits.packed ? 2.52 : 6.0) * weights / (0.85 * machine.bytes) : 0;
  const double b_bytes = c.nf4 ? 0.516 * weights : 2 * weights;
  const bool whole = c.gemv || c.workspace_bytes > 0;  // k is not split
  const int most = whole ? 1 : int(std::clamp(tiles(s.k, kSlab) / 4, 1.0, 64.0));
  if (wish.panel == 0)
    for (int splits = 1; splits <= most; splits += std::max(1, splits / 3)) {
      if (splits > 1 && 4 * splits * s.m * s.n > kMostPartialBytes) break;
      const int actual = wish.splits > 0 && !whole ? wish.splits : splits;
      offer(GemmPlan{&c, actual, dense, int64_t(s.n), machine.clocks(c, s, actual, b_bytes) + prepare});
    }
  if (!dense || !traits.panels || wish.splits > 0) return;
  // a panel of b is decoded from DRAM and read back from L2, of which it takes a third
  const int64_t fits = l2_bytes / 3 / int64_t(2 * s.k), most_columns = wish.panel > 0 ? wish.panel : std::min(fits, int64_t(s.n) - 1);
  for (int64_t panel = wish.panel > 0 ? wish.panel : kPanelStep; panel <= most_columns; panel += kPanelStep) {
    const double decode = std::max(0.516 / 0.85, 2 / kL2Rate) * weights / machine.bytes, panels = tiles(s.n, double(panel));
    offer(GemmPlan{&c, 1, true, panel, decode + panels * (kLaunch + machine.clocks(c, {s.m, double(panel), s.k}, 1, 0))});
  }
}

int64_t depth_of(Direction direction, const Gemm& gemm) { return direction == Direction::BackwardWeight ? gemm.a.rows : gemm.a.cols; }

/// Offers every plan that the operands, the device and `wish` leave, those of `libraries` only when asked; returns the names of the
/// configurations that operands and device leave.
template <class Offer>
std::string offer_all(const Device& device, Direction direction, const Gemm& gemm, const Wish& wish, bool libraries, const Offer& offer) {
  const Shape shape{double(gemm.c.rows), double(gemm.c.cols), double(depth_of(direction, gemm))};
  const Machine machine(device);
  const Traits traits(direction, gemm);
  std::string names;
  for (const GemmConfig* c : configs_of(direction)) {
    if (!traits.allow(*c, gemm) || c->shared_bytes > int(device.properties().sharedMemPerBlockOptin)) continue;
    names += (names.empty() ? "" : ", ") + std::string(c->name);
    if (wish.config.empty() ? libraries || c->workspace_bytes == 0 : wish.config == c->name)
      offer_plans(machine, *c, shape, traits, wish, device.properties().l2CacheSize, offer);
  }
  return names;
}

/// What was measured for such a product on this device, or "".
std::string tuned(const Device& device, Direction direction, const Gemm& gemm) {
  const int64_t depth = depth_of(direction, gemm);
  const char* weights = dtype_name(gemm.b.dtype);
  if (direction == Direction::BackwardWeight) return device.tuning().config(gemm.op, weights, depth, gemm.c.rows, gemm.c.cols);
  return device.tuning().config(gemm.op, weights, gemm.c.rows, gemm.b.rows, gemm.b.cols);
}

GemmPlan plan_anew(const Device& device, Direction direction, const Gemm& gemm) {
  GemmPlan best{};
  const auto keep_best = [&](const GemmPlan& plan) {
    if (!best.config || plan.clocks < best.clocks) best = plan;
  };
  const std::string forced(forced_config(gemm.op));
  if (!forced.empty()) {
    const std::string names = offer_all(device, direction, gemm, Wish(forced), false, keep_best);
    if (best.config) return best;
    throw Error("FETTLE_INVALID_ARGUMENT",
                std::string(gemm.op) + ": FETTLE_CUDA_CONFIG asks for '" + Wish(forced).config + "', expected one of " + names);
  }
  const std::string measured = tuned(device, direction, gemm);
  if (!measured.empty()) offer_all(device, direction, gemm, Wish(measured), false, keep_best);
  if (!best.config) offer_all(device, direction, gemm, Wish(""), false, keep_best);
  return best;
}

std::string text_of(const GemmPlan& plan, int64_t columns) {
  if (plan.panel < columns) return plan.config->name + ("/" + std::to_string(plan.panel));
  return plan.config->name + ("*" + std::to_string(plan.splits));
}

}  // namespace

GemmPlan plan_gemm(const Device& device, Direction direction, const Gemm& gemm) {
  using Key = std::tuple<int, Direction, int64_t, int64_t, int64_t, uint32_t, std::string>;
  const char* wishes = std::getenv("FETTLE_CUDA_CONFIG");
  const Key key{device.ordinal(),    direction, gemm.c.rows, gemm.c.cols, depth_of(direction, gemm), Traits(direction, gemm).bits(),
                wishes ? wishes : ""};
  static std::map<Key, GemmPlan> plans;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  auto it = plans.find(key);
  if (it == plans.end()) it = plans.emplace(key, plan_anew(device, direction, gemm)).first;
  return it->second;
}

std::vector<std::string> plan_texts(const Device& device, Direction direction, const Gemm& gemm) {
  std::map<std::pair<const GemmConfig*, bool>, GemmPlan> best;  // of a configuration at once, and in panels
  offer_all(device, direction, gemm, Wish(""), true, [&](const GemmPlan& plan) {
    const auto it = best.try_emplace({plan.config, plan.panel < gemm.c.cols}, plan).first;
    if (plan.clocks < it->second.clocks) it->second = plan;
  });
  std::vector<GemmPlan> plans;
  for (const auto& [_, plan] : best) plans.push_back(plan);
  std::sort(plans.begin(), plans.end(), [](const GemmPlan& a, const GemmPlan& b) { return a.clocks < b.clocks; });
  std::vector<std::string> texts;
  std::set<std::pair<bool, bool>> kinds;  // the best of each kind is worth trying too: the model may be wrong about all of it
  for (const GemmPlan& plan : plans) {
    const bool first = kinds.insert({plan.dense, plan.panel < gemm.c.cols}).second;
    if (first || plan.clocks <= kWorthTrying * plans.front().clocks) texts.push_back(text_of(plan, gemm.c.cols));
  }
  return texts;
}

}  // namespace fettle::cuda
