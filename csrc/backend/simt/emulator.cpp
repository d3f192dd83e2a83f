#include "emulator.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "device_memory.h"
#include "fiber.h"

namespace fettle::simt {
namespace {

constexpr int kWarp = 32;
constexpr uint16_t kPoison = 0x7fc1;  // twice: an fp32 NaN; alone: a bf16 NaN

enum class State : uint8_t { Ready, Collective, Barrier, Done };

struct AsyncCopy {
  uint8_t* to;
  const uint8_t* from;
  int bytes, valid;
};

struct Thread : Lane {
  void* stack = nullptr;
  State state = State::Ready;
  const void* site = nullptr;  // of the barrier it waits at
  const char* what = nullptr;  // the warp operation it waits in
  void* operand = nullptr;
  std::vector<std::vector<AsyncCopy>> groups;
  std::vector<AsyncCopy> open;
};

struct Block {
  const char* kernel = "";
  Dim3 grid, size, index;
  std::vector<Thread> threads;
  std::vector<uint8_t> shared;
  uint8_t* shared_base = nullptr;
  size_t shared_bytes = 0;
  SharedShadow shadow;
  const std::function<void()>* body = nullptr;
  void* scheduler = nullptr;
  Thread* current = nullptr;
  bool failed = false;
  std::string failure;
};

thread_local Block g;
thread_local uint64_t g_state = [] {
  const char* seed = std::getenv("FETTLE_SIMT_SEED");
  return seed ? std::strtoull(seed, nullptr, 10) * 0x9E3779B97F4A7C15ull + 1 : 1ull;
}();

/// Back to the scheduler; returns when the thread is chosen again.
void yield() {
  Thread* t = g.current;
  fettle_simt_switch(&t->stack, g.scheduler);
}

void fiber_main() {
  (*g.body)();
  g.current->state = State::Done;
  for (;;) yield();
}

std::string place_of(const Thread& t) {
  return std::string(g.kernel) + ", block (" + std::to_string(g.index.x) + ", " + std::to_string(g.index.y) + ", " +
         std::to_string(g.index.z) + "), warp " + std::to_string(t.warp) + ", lane " + std::to_string(t.lane);
}

void land(const AsyncCopy& c) {
  if (c.valid > 0) std::memcpy(c.to, c.from, size_t(c.valid));
  std::memset(c.to + c.valid, 0, size_t(c.bytes - c.valid));
}

/// Runs the lanes of a warp until none is ready: each waits at a barrier, or is done.
void run_warp(Thread* first, int lanes) {
  for (;;) {
    int waiting = 0, done = 0, barrier = 0;
    for (int i = 0; i < lanes; ++i) {
      Thread& t = first[i];
      if (t.state == State::Ready) {
        g.current = &t;
        fettle_simt_switch(&g.scheduler, t.stack);
        if (g.failed) return;
      }
      waiting += t.state == State::Collective;
      done += t.state == State::Done;
      barrier += t.state == State::Barrier;
    }
    if (waiting == 0) return;
    for (int i = 0; i < lanes; ++i) {
      if (first[i].state == State::Collective && std::strcmp(first[i].what, first[0].what ? first[0].what : "") == 0) continue;
      g.failed = true;
      g.failure = place_of(first[i]) + ": not all lanes of the warp take part in a warp-wide operation (" +
                  std::string(first[i].what ? first[i].what : "none here") + "; lane 0: " + (first[0].what ? first[0].what : "none") +
                  "; " + std::to_string(waiting) + " of " + std::to_string(lanes) + " lanes wait in one, " + std::to_string(barrier) +
                  " at a barrier, " + std::to_string(done) + " have ended)";
      return;
    }
    if (lanes != kWarp) {
      g.failed = true;
      g.failure = place_of(first[0]) + ": " + first[0].what + " in a warp of only " + std::to_string(lanes) + " threads";
      return;
    }
    void* operands[kWarp];
    for (int i = 0; i < kWarp; ++i) operands[i] = first[i].operand;
    const auto apply = reinterpret_cast<void (*)(void**)>(const_cast<void*>(first[0].site));
    apply(operands);
    for (int i = 0; i < kWarp; ++i) first[i].state = State::Ready, first[i].what = nullptr;
    if (random_bits() % 8 == 0) return;  // another warp gets its turn
  }
}

void run_block() {
  const int n = int(g.threads.size()), warps = (n + kWarp - 1) / kWarp;
  for (Thread& t : g.threads) {
    t.state = State::Ready;
    t.what = nullptr;
    t.groups.clear();
    t.open.clear();
  }
  for (int i = 0; i < n; ++i) g.threads[size_t(i)].stack = FiberStacks::prepare(i, fiber_main);
  std::fill_n(reinterpret_cast<uint16_t*>(g.shared_base), g.shared_bytes / 2, kPoison);
  g.shadow.barrier();
  // half of the blocks starve a warp for as long as another can go on: that one gets as far ahead as the barriers let it
  const bool starve = random_bits() % 2;
  const int favourite = int(random_bits() % unsigned(warps));
  std::vector<int> ready;
  for (;;) {
    ready.clear();
    for (int w = 0; w < warps; ++w)
      for (int i = w * kWarp; i < std::min(n, (w + 1) * kWarp); ++i)
        if (g.threads[size_t(i)].state == State::Ready) {
          ready.push_back(w);
          break;
        }
    if (!ready.empty()) {
      const auto rank = [&](int w) { return (w - favourite + warps) % warps; };
      const int w = starve ? *std::min_element(ready.begin(), ready.end(), [&](int a, int b) { return rank(a) < rank(b); })
                           : ready[random_bits() % ready.size()];
      run_warp(&g.threads[size_t(w) * kWarp], std::min(kWarp, n - w * kWarp));
      if (g.failed) return;
      continue;
    }
    const Thread* at = nullptr;
    int barrier = 0;
    for (const Thread& t : g.threads)
      if (t.state == State::Barrier) at = at ? at : &t, ++barrier;
    if (!at) break;  // all have ended
    for (const Thread& t : g.threads) {
      if (t.state == State::Barrier && t.site == at->site) continue;
      g.failed = true;
      g.failure = place_of(t) + ": " + (t.state == State::Done ? "has ended" : "waits elsewhere") + " while " + std::to_string(barrier) +
                  " of " + std::to_string(n) + " threads wait at a __syncthreads";
      return;
    }
    g.shadow.barrier();
    for (Thread& t : g.threads) t.state = State::Ready;
  }
  for (const Thread& t : g.threads)
    if (!t.open.empty() || !t.groups.empty()) {
      g.failed = true;
      g.failure = place_of(t) + ": ends with asynchronous copies that were never waited for";
      return;
    }
}

}  // namespace

Lane& lane() { return *g.current; }
Dim3 block_idx() { return g.index; }
Dim3 block_dim() { return g.size; }
Dim3 grid_dim() { return g.grid; }
uint8_t* shared_memory() { return g.shared_base; }

void set_seed(uint64_t seed) { g_state = seed * 0x9E3779B97F4A7C15ull + 1; }

/// xorshift64*
uint32_t random_bits() {
  g_state ^= g_state >> 12;
  g_state ^= g_state << 25;
  g_state ^= g_state >> 27;
  return uint32_t((g_state * 0x2545F4914F6CDD1Dull) >> 32);
}

void fail(const std::string& what) {
  g.failed = true;
  g.failure = place_of(*g.current) + ": " + what;
  for (;;) yield();
}

void run_grid(const char* kernel, Dim3 grid, Dim3 block, size_t shared_bytes, const std::function<void()>& body) {
  const int n = int(block.x * block.y * block.z);
  if (n < 1 || n > 1024 || grid.x < 1 || grid.y < 1 || grid.z < 1 || grid.y > 65535 || grid.z > 65535 || shared_bytes > (227u << 10))
    throw Error("FETTLE_INTERNAL", std::string(kernel) + ": a launch of " + std::to_string(grid.x) + " x " + std::to_string(grid.y) +
                                       " x " + std::to_string(grid.z) + " blocks of " + std::to_string(n) + " threads with " +
                                       std::to_string(shared_bytes) + " bytes of shared memory is not possible");
  g.kernel = kernel;
  g.grid = grid;
  g.size = block;
  g.body = &body;
  g.failed = false;
  g.shared_bytes = (shared_bytes + 15) / 16 * 16;
  g.shared.assign(g.shared_bytes + 2048, 0);
  g.shared_base = reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(g.shared.data()) + 1023) / 1024 * 1024);
  g.shadow.reset(g.shared_bytes);
  g.threads.resize(size_t(n));
  for (int i = 0; i < n; ++i) {
    Thread& t = g.threads[size_t(i)];
    t.thread_idx = {unsigned(i) % block.x, unsigned(i) / block.x % block.y, unsigned(i) / (block.x * block.y)};
    t.warp = i / kWarp;
    t.lane = i % kWarp;
  }
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        g.index = {x, y, z};
        run_block();
        if (g.failed) throw Error("FETTLE_INTERNAL", g.failure);
      }
}

void sync_threads(const void* site) {
  Thread& t = *g.current;
  t.state = State::Barrier;
  t.site = site;
  yield();
}

void collective(const char* what, void* operand, void (*apply)(void**)) {
  Thread& t = *g.current;
  t.state = State::Collective;
  t.what = what;
  t.operand = operand;
  t.site = reinterpret_cast<const void*>(apply);
  yield();
}

void async_copy(void* shared, const void* global, int bytes, int valid) {
  auto* to = static_cast<uint8_t*>(shared);
  if (to < g.shared_base || to + bytes > g.shared_base + g.shared_bytes) fail("cp.async writes outside of shared memory");
  if (reinterpret_cast<uintptr_t>(to) % size_t(bytes) != 0 || reinterpret_cast<uintptr_t>(global) % size_t(bytes) != 0)
    fail("cp.async of " + std::to_string(bytes) + " bytes is not aligned");
  if (valid > 0 && !device_memory().contains(global, size_t(valid))) fail("cp.async reads outside of device memory");
  if (const char* collision = g.shadow.copy_issued(size_t(to - g.shared_base), bytes, g.current->warp))
    fail(std::string("cp.async collides with ") + collision);
  for (int i = 0; i < bytes; i += 2) std::memcpy(to + i, &kPoison, 2);
  const AsyncCopy copy{to, static_cast<const uint8_t*>(global), bytes, valid};
  if (random_bits() % 2) land(copy);
  g.current->open.push_back(copy);
}

void async_commit() {
  g.current->groups.push_back(std::move(g.current->open));
  g.current->open.clear();
}

void async_wait(int pending) {
  auto& groups = g.current->groups;
  while (int(groups.size()) > pending) {
    for (const AsyncCopy& c : groups.front()) {
      land(c);
      g.shadow.copy_landed(size_t(c.to - g.shared_base), c.bytes, g.current->warp);
    }
    groups.erase(groups.begin());
  }
}

void check_access(const void* p, int bytes, const char* what, Access access) {
  const auto* b = static_cast<const uint8_t*>(p);
  if (reinterpret_cast<uintptr_t>(p) % size_t(bytes) != 0)
    fail(std::string(what) + " of " + std::to_string(bytes) + " bytes is not aligned");
  if (b >= g.shared_base && b + bytes <= g.shared_base + g.shared_bytes) {
    if (const char* collision = g.shadow.touch(size_t(b - g.shared_base), bytes, g.current->warp, access))
      fail(std::string(what) + " of shared memory collides with " + collision);
    return;
  }
  if (!device_memory().contains(p, size_t(bytes)))
    fail(std::string(what) + " of " + std::to_string(bytes) + " bytes lies neither in shared nor in device memory");
}

}  // namespace fettle::simt
