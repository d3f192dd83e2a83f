#include "backend/cuda/gemm.h"
#include "backend/cuda/linear_plain.h"
#include "ops/linear.h"

namespace fettle::cuda {

// products are named first: nvcc passes a braced argument with member names on to the host compiler without its type

void run(Device& device, const LinearForward& op) {
  if (op.x.dtype == DType::F32) return plain_forward(device, op);
  const Gemm product{.op = op.name,
                     .a = op.x,
                     .b = op.w,
                     .a2 = op.lora_s,
                     .b2 = op.lora_b,
                     .c = op.y,
                     .bias = op.bias,
                     .alpha = op.alpha,
                     .accumulate = op.accumulate != 0};
  run_gemm(device, Direction::Forward, product);
}

void run(Device& device, const LinearBackwardInput& op) {
  if (op.dy.dtype == DType::F32) return plain_backward_input(device, op);
  const Gemm product{.op = op.name,
                     .a = op.dy,
                     .b = op.w,
                     .a2 = op.lora_ds,
                     .b2 = op.lora_a,
                     .c = op.dx,
                     .bias = {},
                     .alpha = op.alpha,
                     .accumulate = op.accumulate != 0};
  run_gemm(device, Direction::BackwardInput, product);
}

void run(Device& device, const LinearBackwardWeight& op) {
  if (op.dbias) add_column_sums(device, op.dy, op.dbias);
  if (op.dy.dtype == DType::F32 || op.x.dtype == DType::F32) return plain_backward_weight(device, op);
  const Gemm product{.op = op.name, .a = op.dy, .b = op.x, .a2 = {}, .b2 = {}, .c = op.dw, .bias = {}, .alpha = 1.0f, .accumulate = true};
  run_gemm(device, Direction::BackwardWeight, product);
}

}  // namespace fettle::cuda
