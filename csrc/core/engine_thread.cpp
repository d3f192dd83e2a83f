#include "core/engine_thread.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace fettle {
namespace {

class EngineThread {
 public:
  EngineThread() {
    std::thread([this] { serve(); }).detach();
  }
  void run(const std::function<void()>& work) {
    std::packaged_task<void()> task([&] { work(); });
    std::future<void> done = task.get_future();
    {
      std::lock_guard lock(mutex_);
      waiting_.push_back(&task);
    }
    arrived_.notify_one();
    done.get();
  }

 private:
  [[noreturn]] void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return !waiting_.empty(); });
      std::packaged_task<void()>* task = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      (*task)();
    }
  }
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::packaged_task<void()>*> waiting_;
};

}  // namespace

void on_engine_thread(const std::function<void()>& work) {
  static EngineThread* thread = new EngineThread();  // never destroyed: it outlives the addon's static destructors
  thread->run(work);
}

}  // namespace fettle
