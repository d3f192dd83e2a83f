#pragma once
// Every .cpp beside this one is compiled once per instruction-set tier, in a namespace of its own; csrc/backend/cpu/scalar holds the
// plain-loop oracle, which is a tier like the others.
#include "ops/backend.h"

#ifndef FETTLE_TIER
#error "compile with -DFETTLE_TIER=portable | avx2 | avx512 | avx512bf16 | scalar"
#endif

namespace fettle::cpu::FETTLE_TIER {

#define X(Op) void run(Context& context, const Op& op);
FETTLE_OPS(X)
#undef X

}  // namespace fettle::cpu::FETTLE_TIER
