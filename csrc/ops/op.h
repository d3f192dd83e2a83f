#pragma once
#include "core/tensor.h"

// An op is a struct of arguments: its tensors (views), its numbers, and `name`. `fields` lists the members once; the
// N-API layer, the profiler and the error texts read that list. A backend implements `run(Context&, const Op&)`.
// Absent optional tensors have data == nullptr. Activations are F32 or BF16, all those of one call alike.

namespace fettle {

class ThreadPool;
struct Backend;

/// Where an op runs: the backend's table, and what it needs to run on.
struct Context {
  const Backend* backend = nullptr;
  ThreadPool* pool = nullptr;
};

}  // namespace fettle
