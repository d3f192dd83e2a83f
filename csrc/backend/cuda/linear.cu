#include "backend/cuda/device/vector.h"
#include "backend/cuda/gemm.h"
#include "backend/cuda/linear_plain.h"
#include "ops/linear.h"

namespace fettle::cuda {
namespace {

/// Packed weights that a kernel can take as they are: no block is shared by two rows, rows start at multiples of 32 bytes.
bool whole_blocks(const Tensor& w) { return w.cols % 64 == 0 && reinterpret_cast<uintptr_t>(w.data) % 16 == 0; }

/// w itself where a kernel takes it beside x, else w in scratch as bf16.
Tensor weight(Device& device, const Tensor& w, const Tensor& x) {
  if (w.dtype == DType::BF16 || (w.dtype == DType::NF4 && whole_blocks(w) && rows_aligned(x))) return w;
  const int64_t ld = (w.cols + 7) / 8 * 8;
  Tensor t{device.scratch(size_t(w.rows * ld) * sizeof(bf16)), DType::BF16, w.rows, w.cols, ld};
  if (w.dtype == DType::NF4)
    run(device, Nf4Dequantize{.w = w, .y = t});
  else
    run(device, Cast{.x = w, .y = t});
  return t;
}

}  // namespace

void run(Device& device, const LinearForward& op) {
  if (op.x.dtype == DType::F32) return plain_forward(device, op);
  run_gemm(device, op.name, Direction::Forward,
           {.a = op.x,
            .b = weight(device, op.w, op.x),
            .a2 = op.lora_s,
            .b2 = op.lora_b,
            .c = op.y,
            .bias = op.bias,
            .alpha = op.alpha,
            .accumulate = op.accumulate != 0});
}

void run(Device& device, const LinearBackwardInput& op) {
  if (op.dy.dtype == DType::F32) return plain_backward_input(device, op);
  run_gemm(device, op.name, Direction::BackwardInput,
           {.a = op.dy,
            .b = weight(device, op.w, op.dy),
            .a2 = op.lora_ds,
            .b2 = op.lora_a,
            .c = op.dx,
            .bias = {},
            .alpha = op.alpha,
            .accumulate = op.accumulate != 0});
}

void run(Device& device, const LinearBackwardWeight& op) {
  if (op.dbias) add_column_sums(device, op.dy, op.dbias);
  if (op.dy.dtype == DType::F32 || op.x.dtype == DType::F32) return plain_backward_weight(device, op);
  run_gemm(device, op.name, Direction::BackwardWeight,
           {.a = op.dy, .b = op.x, .a2 = {}, .b2 = {}, .c = op.dw, .bias = {}, .alpha = 1.0f, .accumulate = true});
}

}  // namespace fettle::cuda
