#pragma once
#include <memory>

#include "core/memory.h"
#include "ops/cost.h"

// An op is a struct of arguments: its tensors (views), its numbers, and `name`. `fields` lists the members once; the
// N-API layer reads that list. `cost` is the least it asks of a machine. A backend implements `run(Context&, const Op&)`.
// Absent optional tensors have data == nullptr. Activations are F32 or BF16, all those of one call alike.

namespace fettle {

class ThreadPool;
struct Backend;

/// Where an op runs: the backend's table, what it needs to run on, and where its tensors lie.
struct Context {
  const Backend* backend = nullptr;
  ThreadPool* pool = nullptr;
  Memory* memory = &host_memory();
  std::shared_ptr<void> device = nullptr;  // keeps the device of `memory` open; null on the host
};

}  // namespace fettle
