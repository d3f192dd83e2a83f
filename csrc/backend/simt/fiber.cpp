#include "fiber.h"

#include <sys/mman.h>

#include <stdexcept>
#include <vector>

asm(R"(
.text
.globl fettle_simt_switch
.type fettle_simt_switch,@function
.align 16
fettle_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fettle_simt_switch,.-fettle_simt_switch
)");

namespace fettle::simt {

void* FiberStacks::prepare(int i, void (*entry)()) {
  static thread_local std::vector<uint8_t*> stacks;
  while (int(stacks.size()) <= i) {
    void* p = mmap(nullptr, kStackBytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::runtime_error("no memory for the stack of an emulated thread");
    mprotect(p, 4096, PROT_NONE);  // an overflow stops here
    stacks.push_back(static_cast<uint8_t*>(p) + 4096);
  }
  // staggered, so that the tops of all stacks do not share one cache set
  auto* top = reinterpret_cast<void**>(stacks[size_t(i)] + kStackBytes - size_t(i % 32) * 64);
  *--top = nullptr;                              // entry's return address: never used
  *--top = reinterpret_cast<void*>(entry);       // where the first switch returns to
  for (int k = 0; k < 6; ++k) *--top = nullptr;  // rbp, rbx, r12 .. r15
  return top;
}

}  // namespace fettle::simt
