#pragma once
// Stream capture of the emulated device: what would run is kept, arguments and all, and run when the graph is launched.
#include <functional>
#include <vector>

/// The nodes of a captured graph, one after another.
struct FettleSimtGraph {
  std::vector<std::function<void()>> nodes;
};

namespace fettle::simt {

/// Runs `work` now, or keeps it while this thread captures.
void run_or_capture(std::function<void()> work);
/// The graph that this thread captures, or null.
FettleSimtGraph*& captured();

}  // namespace fettle::simt
