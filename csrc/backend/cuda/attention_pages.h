#pragma once
#include "backend/cuda/device.h"

namespace fettle::cuda {

/// The same attention on keys and values that are brought together in the device's scratch (attention_pages.cu).
AttentionForward without_pages(Device& device, const AttentionForward& op);

}  // namespace fettle::cuda
