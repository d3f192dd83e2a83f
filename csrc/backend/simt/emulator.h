#pragma once
// A grid of blocks of warps on one CPU thread. Every CUDA thread is a fiber; warps run in a random order drawn from a seed, and may be
// interrupted at every warp-wide operation. Shared memory starts poisoned (NaN as fp32 and as bf16), asynchronous copies poison their
// target when they are issued and land at a moment drawn from the seed. Whatever a kernel must not do is an Error that says where.
#include <cstdint>
#include <functional>
#include <string>

#include "shared_shadow.h"

namespace fettle::simt {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

/// The running CUDA thread.
struct Lane {
  Dim3 thread_idx;
  int warp = 0, lane = 0;
};
Lane& lane();
Dim3 block_idx();
Dim3 block_dim();
Dim3 grid_dim();
/// The block's dynamic shared memory.
uint8_t* shared_memory();

/// Runs body() once for every thread of every block. Throws Error (FETTLE_INTERNAL) on what the checks find.
void run_grid(const char* kernel, Dim3 grid, Dim3 block, size_t shared_bytes, const std::function<void()>& body);

/// __syncthreads(): all live threads of the block, at one place of the source.
void sync_threads(const void* site);

/// A warp-wide operation: each of the 32 lanes brings its operand; when all are there, `apply` gets the 32 pointers. `site` must be the
/// same for all lanes: what it names differs when lanes diverge.
void collective(const char* what, void* operand, void (*apply)(void** operands));

// ---- asynchronous copies (cp.async): 16 or fewer bytes, zero-filled from `valid` on
void async_copy(void* shared, const void* global, int bytes, int valid);
void async_commit();
void async_wait(int pending_groups);

/// Throws when [p, p + bytes) is not aligned to `bytes`, lies neither in shared memory, nor in a live device allocation, or is touched by
/// another warp that no barrier orders.
void check_access(const void* p, int bytes, const char* what, Access access = Access::Read);

/// The checks' own failure.
[[noreturn]] void fail(const std::string& what);

/// Where randomness comes from; FETTLE_SIMT_SEED at start, settable by tests.
void set_seed(uint64_t seed);
uint32_t random_bits();

}  // namespace fettle::simt
