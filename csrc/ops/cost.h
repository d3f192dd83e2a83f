#pragma once
#include <array>

#include "core/memory.h"
#include "core/tensor.h"

namespace fettle {

/// The least that an op's arguments ask of a machine. What a kernel does beyond it (recomputed scores, repacked panels) does not count,
/// so a share of a ceiling never looks better than it is.
struct OpCost {
  double flops = 0;              // of products: two for a multiply and an add; 0 where nothing but data moves
  double bytes = 0;              // every tensor read or written once
  DType products = DType::F32;   // what is multiplied or moved: BF16 or F32
  std::array<int64_t, 3> shape;  // rows, columns, and the length of a product's sums (else 0)
};

/// The type whose ceiling counts for an op on tensors of this one.
inline DType products_of(DType dtype) { return dtype == DType::BF16 ? DType::BF16 : DType::F32; }

/// Bytes of a tensor's elements; NF4 with its scales. 0 when absent.
double bytes_of(const Tensor& t);

/// Cost of an op that only reads and writes these tensors; the first one gives the shape.
template <class... Tensors>
OpCost moves(const Tensor& first, const Tensors&... more) {
  return {0, (bytes_of(first) + ... + bytes_of(more)), products_of(first.dtype), {first.rows, first.cols, 0}};
}

/// Cost of a product that reads and writes these tensors.
template <class... Tensors>
OpCost multiplies(double flops, std::array<int64_t, 3> shape, const Tensor& first, const Tensors&... more) {
  return {flops, (bytes_of(first) + ... + bytes_of(more)), products_of(first.dtype), shape};
}

/// Sum of whole numbers that lie in `memory`.
int64_t sum_of(Memory& memory, const Tensor& ints);

/// How many (query, key) pairs causal attention looks at: cu_q [S + 1], k_len [S] (absent: as many keys as queries), both in `memory`;
/// window 0 is all.
double attended_pairs(Memory& memory, const Tensor& cu_q, const Tensor& k_len, int32_t window);

/// Attention's cost depends on numbers that lie in the op's memory.
template <class Op>
OpCost cost_of(const Op& op, Memory& memory) {
  if constexpr (requires { op.cost(memory); })
    return op.cost(memory);
  else
    return op.cost();
}

}  // namespace fettle
