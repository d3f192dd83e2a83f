#pragma once
#include "ops/op_list.h"

namespace fettle {

/// Throws FETTLE_INVALID_ARGUMENT, naming the op and the tensor, unless the shapes and types are those its declaration asks for.
#define X(Op) void check(const Op& op);
FETTLE_OPS(X)
#undef X

/// Throws FETTLE_INVALID_ARGUMENT unless every element of `index` (I32, readable by the CPU) is in [0, limit).
void check_index(const char* op, const char* field, const Tensor& index, int64_t limit);

}  // namespace fettle
