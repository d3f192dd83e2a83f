#pragma once
#include <cstddef>
#include <cstdint>

namespace fettle::simt {

/// Stacks and switches of cooperative threads: a switch saves the callee-saved registers and costs a few nanoseconds (x86-64).
class FiberStacks {
 public:
  static constexpr size_t kStackBytes = 64 << 10;
  /// The stack pointer of fiber i, ready to be switched to: it starts in `entry`, which must never return.
  static void* prepare(int i, void (*entry)());
};

extern "C" void fettle_simt_switch(void** save, void* load);

}  // namespace fettle::simt
