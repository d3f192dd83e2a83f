#pragma once
#include <map>
#include <tuple>
#include <vector>

#include "ops/backend.h"

namespace fettle {

/// What the calls of one op with one shape took together.
struct OpTiming {
  const char* op;
  OpCost cost;  // of all calls
  int64_t calls = 0;
  double seconds = 0;
};

/// A backend that times every op of another one, and changes nothing of what it computes. Where it is not in use it costs nothing:
/// `run` is the same table look-up. Not for two threads at a time.
class Profiler : public Backend {
 public:
  explicit Profiler(const Backend& inner);
  const Backend& inner() const { return inner_; }
  /// What was measured since the last call, in the order of the op list.
  std::vector<OpTiming> take();

 private:
  template <class Op>
  static void timed(Context& context, const void* op);
  void add(int id, const char* name, const OpCost& cost, double seconds);

  const Backend& inner_;
  std::map<std::tuple<int, DType, std::array<int64_t, 3>>, OpTiming> timings_;
};

}  // namespace fettle
