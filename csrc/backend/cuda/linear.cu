#include "backend/cuda/gemm.h"
#include "backend/cuda/gemm_plan.h"
#include "backend/cuda/linear.h"
#include "backend/cuda/linear_plain.h"

namespace fettle::cuda {
namespace {

Gemm gemm_of(const LinearForward& op) {
  return {.op = op.name,
          .a = op.x,
          .b = op.w,
          .a2 = op.lora_s,
          .b2 = op.lora_b,
          .c = op.y,
          .bias = op.bias,
          .alpha = op.alpha,
          .accumulate = op.accumulate != 0};
}
Gemm gemm_of(const LinearBackwardInput& op) {
  return {.op = op.name,
          .a = op.dy,
          .b = op.w,
          .a2 = op.lora_ds,
          .b2 = op.lora_a,
          .c = op.dx,
          .bias = {},
          .alpha = op.alpha,
          .accumulate = op.accumulate != 0};
}
Gemm gemm_of(const LinearBackwardWeight& op) {
  return {.op = op.name, .a = op.dy, .b = op.x, .a2 = {}, .b2 = {}, .c = op.dw, .bias = {}, .alpha = 1.0f, .accumulate = true};
}

// products of fp32 have one kernel
bool is_plain(const LinearForward& op) { return op.x.dtype == DType::F32; }
bool is_plain(const LinearBackwardInput& op) { return op.dy.dtype == DType::F32; }
bool is_plain(const LinearBackwardWeight& op) { return op.dy.dtype == DType::F32 || op.x.dtype == DType::F32; }

template <class Op>
std::vector<std::string> texts(const Device& device, Direction direction, const Op& op) {
  if (is_plain(op)) return {};
  return plan_texts(device, direction, gemm_of(op));
}

}  // namespace

void run(Device& device, const LinearForward& op) {
  is_plain(op) ? plain_forward(device, op) : run_gemm(device, Direction::Forward, gemm_of(op));
}
void run(Device& device, const LinearBackwardInput& op) {
  is_plain(op) ? plain_backward_input(device, op) : run_gemm(device, Direction::BackwardInput, gemm_of(op));
}
void run(Device& device, const LinearBackwardWeight& op) {
  if (op.dbias) add_column_sums(device, op.dy, op.dbias);
  is_plain(op) ? plain_backward_weight(device, op) : run_gemm(device, Direction::BackwardWeight, gemm_of(op));
}

std::vector<std::string> plan_texts(const Device& device, const LinearForward& op) { return texts(device, Direction::Forward, op); }
std::vector<std::string> plan_texts(const Device& device, const LinearBackwardInput& op) {
  return texts(device, Direction::BackwardInput, op);
}
std::vector<std::string> plan_texts(const Device& device, const LinearBackwardWeight& op) {
  return texts(device, Direction::BackwardWeight, op);
}

}  // namespace fettle::cuda
