#pragma once
#include "backend/cuda/device.h"
#include "ops/linear.h"

namespace fettle::cuda {

/// The linear ops on operands of any type, multiplied in fp32 without the matrix unit: for F32 activations.
void plain_forward(Device& device, const LinearForward& op);
void plain_backward_input(Device& device, const LinearBackwardInput& op);
/// dw only.
void plain_backward_weight(Device& device, const LinearBackwardWeight& op);

/// sums [n] += the sum of every column of x [m, n], rows in a fixed order.
void add_column_sums(Device& device, const Tensor& x, const Tensor& sums);

}  // namespace fettle::cuda
