#pragma once
#include "ops/op_list.h"

namespace fettle {

namespace detail {
enum class OpId : int {
#define X(Op) Op,
  FETTLE_OPS(X)
#undef X
      Count
};
template <class Op>
struct IdOf;
#define X(Op)                                   \
  template <>                                   \
  struct IdOf<Op> {                             \
    static constexpr int value = int(OpId::Op); \
  };
FETTLE_OPS(X)
#undef X
}  // namespace detail

inline constexpr int kOpCount = int(detail::OpId::Count);

/// One implementation of every op.
struct Backend {
  using Kernel = void (*)(Context&, const void*);
  const char* name;
  Kernel kernels[kOpCount];
};

/// Runs an op where `context` says.
template <class Op>
inline void run(Context& context, const Op& op) {
  context.backend->kernels[detail::IdOf<Op>::value](context, &op);
}

}  // namespace fettle
