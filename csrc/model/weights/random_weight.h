#pragma once
#include "model/weights/weight_loader.h"

namespace fettle {

/// Numbers made in place instead of read from a file, the same for the same seed (src/native/types.ts, RandomWeight): uniform, with this
/// mean and standard deviation. NF4 weights get uniform codes and scales around one that gives the deviation; their mean is 0.
struct RandomWeight {
  uint64_t seed = 0;
  float mean = 0, std = 0;
};

void load_dense(const RandomWeight& random, Context& context, const Tensor& dst);
/// Double quantized, n weights.
void load_nf4(const RandomWeight& random, Context& context, int64_t n, const Nf4Destination& dst);

}  // namespace fettle
