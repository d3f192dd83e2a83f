#include "selftest/cases.h"

#include <set>

namespace fettle::selftest {

void every_case(Judge& judge, uint64_t seed) {
  for (const auto& [rows, name] : {std::pair{Rows::Unaligned, "unaligned"}, {Rows::Aligned, "aligned"}}) {
    RandomTensors t(seed, rows);
    elementwise_cases(judge, t, name);
    linear_cases(judge, t, name);
    attention_cases(judge, t, name);
    row_cases(judge, t, name);
    generation_cases(judge, t, name);
    optimizer_cases(judge, t, name);
  }
  std::set<std::string> covered;
  for (const Outcome& o : judge.outcomes()) covered.insert(o.op);
#define X(Op) \
  if (judge.wants(Op::name) && !covered.contains(Op::name)) judge.add({Op::name, "", 0, "no case tests this op"});
  FETTLE_OPS(X)
#undef X
}

}  // namespace fettle::selftest
