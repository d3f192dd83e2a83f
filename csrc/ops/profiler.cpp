#include "ops/profiler.h"

#include <chrono>
#include <utility>

namespace fettle {

Profiler::Profiler(const Backend& inner) : Backend(inner), inner_(inner) {
  int id = 0;
#define X(Op) kernels[id++] = timed<Op>;
  FETTLE_OPS(X)
#undef X
}

template <class Op>
void Profiler::timed(Context& context, const void* op) {
  constexpr int id = detail::IdOf<Op>::value;
  // The table that is being run is this one: a model's context names the profiler it owns.
  Profiler& self = const_cast<Profiler&>(static_cast<const Profiler&>(*context.backend));
  const auto begun = std::chrono::steady_clock::now();
  self.inner_.kernels[id](context, op);
  context.memory->finish();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  self.add(id, Op::name, cost_of(*static_cast<const Op*>(op), *context.memory), took.count());
}

void Profiler::add(int id, const char* name, const OpCost& cost, double seconds) {
  OpTiming& t = timings_.try_emplace({id, cost.products, cost.shape}, OpTiming{name, {0, 0, cost.products, cost.shape}}).first->second;
  t.cost.flops += cost.flops;
  t.cost.bytes += cost.bytes;
  t.seconds += seconds;
  ++t.calls;
}

std::vector<OpTiming> Profiler::take() {
  std::vector<OpTiming> all;
  for (const auto& [key, timing] : std::exchange(timings_, {})) all.push_back(timing);
  return all;
}

}  // namespace fettle
