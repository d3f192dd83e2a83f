#pragma once
#include "ops/op_list.h"

namespace fettle {

/// Throws FETTLE_INVALID_ARGUMENT, naming the op and the tensor, unless the shapes and types are those its declaration asks for.
#define X(Op) void check(const Op& op);
FETTLE_OPS(X)
#undef X

/// Throws FETTLE_INVALID_ARGUMENT, naming the element, unless every index that the op holds (I32, readable by the CPU) lies inside its
/// table. Kernels of a device cannot ask: whoever gives them indices has checked them.
template <class Op>
void check_indices(const Op&) {}
void check_indices(const EmbeddingForward& op);
void check_indices(const EmbeddingBackward& op);
void check_indices(const Rope& op);
void check_indices(const LoraShrink& op);
void check_indices(const LoraExpand& op);
void check_indices(const AttentionForward& op);
void check_indices(const CrossEntropy& op);
void check_indices(const GatherRows& op);
void check_indices(const ScatterRows& op);

}  // namespace fettle
