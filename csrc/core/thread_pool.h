#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace fettle {

/// The process-wide pool. The calling thread takes part; workers spin briefly, then sleep on a futex. Tasks are handed
/// out by a counter, so a task must not depend on which thread runs it: that is what keeps results bit-equal at any
/// thread count. One job runs at a time, whoever asks. What a task throws reaches the caller once no task runs any more.
class ThreadPool {
 public:
  static ThreadPool& instance();

  int threads() const { return threads_; }
  /// Takes effect at the next job; at least 1, at most 256.
  void set_threads(int n);

  /// Calls f(task) for each task in [0, tasks). Nested calls run serially on the calling thread.
  template <class F>
  void parallel_for(int64_t tasks, F&& f) {
    if (tasks <= 0) return;
    if (tasks == 1 || threads_ == 1 || inside_job()) {
      for (int64_t t = 0; t < tasks; ++t) f(t);
      return;
    }
    run([](void* c, int64_t t) { (*static_cast<std::remove_reference_t<F>*>(c))(t); }, &f, tasks);
  }

 private:
  using Fn = void (*)(void*, int64_t);
  ThreadPool();
  void run(Fn fn, void* context, int64_t tasks);
  void worker(int index);
  void drain();
  static bool inside_job();

  int threads_ = 1;
  std::vector<std::thread> workers_;
  std::mutex job_;
  Fn fn_ = nullptr;
  void* context_ = nullptr;
  int64_t tasks_ = 0;
  std::mutex error_lock_;
  std::exception_ptr error_;
  int active_ = 0;  // workers that take part in the present job
  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<int> generation_{0};
  alignas(64) std::atomic<int> left_{0};
  alignas(64) std::atomic<int> sleepers_{0};
};

}  // namespace fettle
