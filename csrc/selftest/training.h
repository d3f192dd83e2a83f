#pragma once
#include "selftest/judge.h"

namespace fettle::selftest {

/// Trains LoRA on a small random NF4 model on both devices of the judge for some steps, and compares losses, gradient norms and weights.
void training_cases(Judge& judge, const Context& host);

}  // namespace fettle::selftest
