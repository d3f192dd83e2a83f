#include "core/thread_pool.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <utility>

namespace fettle {
namespace {

constexpr int kSpins = 6000;  // longer than JavaScript takes from one generated token to the next
thread_local bool t_inside = false;

long futex(std::atomic<int>* a, int op, int value) { return syscall(SYS_futex, reinterpret_cast<int*>(a), op, value, nullptr, nullptr, 0); }

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

int default_threads() {
  if (const char* e = std::getenv("FETTLE_THREADS")) {
    const int n = std::atoi(e);
    if (n > 0) return std::min(n, 256);
  }
  return std::max(1, int(std::thread::hardware_concurrency()));
}

}  // namespace

ThreadPool& ThreadPool::instance() {
  static ThreadPool* pool = new ThreadPool();  // never destroyed: its workers outlive the addon's static destructors
  return *pool;
}

ThreadPool::ThreadPool() : threads_(default_threads()) {}

bool ThreadPool::inside_job() { return t_inside; }

void ThreadPool::set_threads(int n) {
  std::lock_guard lock(job_);
  threads_ = std::clamp(n, 1, 256);
}

void ThreadPool::drain() {
  t_inside = true;
  try {
    for (int64_t t; (t = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;) fn_(context_, t);
  } catch (...) {
    next_.store(tasks_, std::memory_order_relaxed);  // no further tasks; those that run go to their end
    std::lock_guard lock(error_lock_);
    if (!error_) error_ = std::current_exception();
  }
  t_inside = false;
}

void ThreadPool::run(Fn fn, void* context, int64_t tasks) {
  std::lock_guard lock(job_);
  while (int(workers_.size()) < threads_ - 1) {
    const int index = int(workers_.size());
    workers_.emplace_back([this, index] { worker(index); });
  }
  fn_ = fn;
  context_ = context;
  tasks_ = tasks;
  active_ = threads_ - 1;
  error_ = nullptr;
  next_.store(0, std::memory_order_relaxed);
  left_.store(int(workers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) > 0) futex(&generation_, FUTEX_WAKE_PRIVATE, INT_MAX);
  drain();
  for (int spin = 0; spin < kSpins && left_.load(std::memory_order_acquire) > 0; ++spin) pause();
  for (int v; (v = left_.load(std::memory_order_acquire)) > 0;) futex(&left_, FUTEX_WAIT_PRIVATE, v);
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::worker(int index) {
  int seen = 0;
  for (;;) {
    for (int spin = 0; spin < kSpins && generation_.load(std::memory_order_acquire) == seen; ++spin) pause();
    while (generation_.load(std::memory_order_seq_cst) == seen) {
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      futex(&generation_, FUTEX_WAIT_PRIVATE, seen);
      sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    }
    seen = generation_.load(std::memory_order_acquire);
    if (index < active_) drain();
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) futex(&left_, FUTEX_WAKE_PRIVATE, 1);
  }
}

}  // namespace fettle
