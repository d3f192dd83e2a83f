#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

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

std::string wishes() {
  const char* all = std::getenv("FETTLE_CUDA_CONFIG");
  return all ? all : "";
}
struct Wish {
  std::string config;
  int splits = 0, panel = 0;  // 0: any
};
Wish wish_for(const char* op) {
  const std::string list = "," + wishes() + ",", key = std::string(",") + op + ":";
  const size_t at = list.find(key);
  if (at == std::string::npos) return {};
  Wish wish{list.substr(at + key.size(), list.find(',', at + key.size()) - at - key.size())};
  const auto number_after = [&](char mark) {
    const size_t place = wish.config.find(mark);
    if (place == std::string::npos) return 0;
    const int number = std::max(1, std::atoi(wish.config.c_str() + place + 1));
    wish.config.resize(place);
    return number;
  };
  wish.panel = number_after('/');
  wish.splits = number_after('*');
  return wish;
}

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
  return all;
}

/// What the operands of a GEMM allow.
struct Traits {
  bool packed, converted;  // b is NF4, or F32
  bool whole_blocks;       // no NF4 block is shared by two rows, rows start at multiples of 16 bytes
  bool a_aligned, b_aligned;
  bool panels;  // b may be decoded in part

  Traits(Direction direction, const Gemm& gemm)
      : packed(gemm.b.dtype == DType::NF4),
        converted(gemm.b.dtype == DType::F32),
        whole_blocks(packed && gemm.b.cols % 64 == 0 && reinterpret_cast<uintptr_t>(gemm.b.data) % 16 == 0),
        a_aligned(rows_aligned(gemm.a)),
        b_aligned(packed || converted || rows_aligned(gemm.b)),
        panels(whole_blocks && direction == Direction::Forward) {}

  uint32_t bits() const { return packed | converted << 1 | whole_blocks << 2 | a_aligned << 3 | b_aligned << 4; }
  bool allow(const GemmConfig& c, const Gemm& gemm) const {
    if (c.nf4 && !whole_blocks) return false;
    if (c.gemv) return gemm.c.rows <= c.rows && (c.nf4 || (gemm.b.dtype == DType::BF16 && b_aligned && gemm.b.cols % 8 == 0));
    return !c.aligned || (a_aligned && b_aligned);
  }
};

/// The cheapest of the plans that are offered.
class Best {
 public:
  void offer(const GemmPlan& plan) {
    if (!best_.config || plan.clocks < best_.clocks) best_ = plan;
  }
  const GemmPlan& plan() const { return best_; }

 private:
  GemmPlan best_{};
};

/// Offers the ways to use configuration `c`.
void offer_plans(const Machine& machine, const GemmConfig& c, const Shape& s, const Traits& traits, const Wish& wish, int64_t l2_bytes,
                 Best& best) {
  const double weights = s.n * s.k;
  const bool dense = !c.nf4 && (traits.packed || traits.converted);
  const double prepare = dense ? kLaunch + (traits.packed ? 2.52 : 6.0) * weights / (0.85 * machine.bytes) : 0;
  const double b_bytes = c.nf4 ? 0.516 * weights : 2 * weights;
  const int most = c.gemv ? 1 : int(std::clamp(tiles(s.k, kSlab) / 4, 1.0, 64.0));
  if (wish.panel == 0)
    for (int splits = 1; splits <= most; splits += std::max(1, splits / 3)) {
      if (splits > 1 && 4 * splits * s.m * s.n > kMostPartialBytes) break;
      const int actual = wish.splits > 0 && !c.gemv ? wish.splits : splits;
      best.offer({&c, actual, dense, int64_t(s.n), machine.clocks(c, s, actual, b_bytes) + prepare});
    }
  if (!dense || !traits.panels) return;
  // a panel of b is decoded from DRAM and read back from L2, of which it takes a third
  const int64_t fits = l2_bytes / 3 / int64_t(2 * s.k), most_columns = wish.panel > 0 ? wish.panel : std::min(fits, int64_t(s.n) - 1);
  for (int64_t panel = wish.panel > 0 ? wish.panel : kPanelStep; panel <= most_columns; panel += kPanelStep) {
    const double decode = std::max(0.516 / 0.85, 2 / kL2Rate) * weights / machine.bytes, panels = tiles(s.n, double(panel));
    best.offer({&c, 1, true, panel, decode + panels * (kLaunch + machine.clocks(c, {s.m, double(panel), s.k}, 1, 0))});
  }
}

GemmPlan plan_anew(const Device& device, Direction direction, const Gemm& gemm, const Traits& traits) {
  const Shape shape{double(gemm.c.rows), double(gemm.c.cols), double(direction == Direction::BackwardWeight ? gemm.a.rows : gemm.a.cols)};
  const Machine machine(device);
  const Wish wish = wish_for(gemm.op);
  Best best;
  std::string names;
  for (const GemmConfig* c : configs_of(direction)) {
    if (!traits.allow(*c, gemm) || c->shared_bytes > int(device.properties().sharedMemPerBlockOptin)) continue;
    names += (names.empty() ? "" : ", ") + std::string(c->name);
    if (wish.config.empty() || wish.config == c->name) offer_plans(machine, *c, shape, traits, wish, device.properties().l2CacheSize, best);
  }
  if (!best.plan().config)
    throw Error("FETTLE_INVALID_ARGUMENT",
                std::string(gemm.op) + ": FETTLE_CUDA_CONFIG asks for '" + wish.config + "', expected one of " + names);
  return best.plan();
}

}  // namespace

GemmPlan plan_gemm(const Device& device, Direction direction, const Gemm& gemm) {
  const Traits traits(direction, gemm);
  using Key = std::tuple<int, Direction, int64_t, int64_t, int64_t, uint32_t, std::string>;
  const Key key{device.ordinal(), direction, gemm.c.rows, gemm.c.cols, direction == Direction::BackwardWeight ? gemm.a.rows : gemm.a.cols,
                traits.bits(),    wishes()};
  static std::map<Key, GemmPlan> plans;
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  auto it = plans.find(key);
  if (it == plans.end()) it = plans.emplace(key, plan_anew(device, direction, gemm, traits)).first;
  return it->second;
}

}  // namespace fettle::cuda
