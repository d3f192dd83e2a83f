#pragma once
#include <functional>

namespace fettle {

/// Runs `work` on one thread, the same for the whole process, one piece of work after another; returns when it is done and throws what it
/// threw. What kernels keep of their thread from call to call is there once then, whichever of Node's threads waits here.
void on_engine_thread(const std::function<void()>& work);

}  // namespace fettle
