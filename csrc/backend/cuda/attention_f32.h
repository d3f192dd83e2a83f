#pragma once
#include "backend/cuda/device.h"

namespace fettle::cuda {

/// Attention on fp32 activations (attention_f32.cu), for head_dim <= 256: exact rather than fast.
void attention_f32_forward(Device& device, const AttentionForward& op);
void attention_f32_backward(Device& device, const AttentionBackward& op);

}  // namespace fettle::cuda
