#include "backend/cpu/tier.h"

#define FETTLE_STRING2(x) #x
#define FETTLE_STRING(x) FETTLE_STRING2(x)

namespace fettle::cpu::FETTLE_TIER {

/// The table of this tier.
extern const Backend backend;
const Backend backend = {FETTLE_STRING(FETTLE_TIER),
                         {
#define X(Op) [](Context& context, const void* op) { run(context, *static_cast<const Op*>(op)); },
                             FETTLE_OPS(X)
#undef X
                         }};

}  // namespace fettle::cpu::FETTLE_TIER
