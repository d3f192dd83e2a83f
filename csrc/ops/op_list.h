#pragma once
#include "ops/adamw_8bit.h"
#include "ops/attention.h"
#include "ops/cross_entropy.h"
#include "ops/dropout.h"
#include "ops/elementwise.h"
#include "ops/embedding.h"
#include "ops/glu.h"
#include "ops/linear.h"
#include "ops/lora.h"
#include "ops/nf4.h"
#include "ops/optimizer.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/rows.h"
#include "ops/sample.h"
#include "ops/soft_cap.h"

/// Every op, once: backends, the N-API layer and the profiler go through this list.
#define FETTLE_OPS(X)     \
  X(EmbeddingForward)     \
  X(EmbeddingBackward)    \
  X(RmsNormForward)       \
  X(RmsNormBackward)      \
  X(Rope)                 \
  X(GluForward)           \
  X(GluBackward)          \
  X(LinearForward)        \
  X(LinearBackwardInput)  \
  X(LinearBackwardWeight) \
  X(LoraShrink)           \
  X(LoraExpand)           \
  X(AttentionForward)     \
  X(AttentionBackward)    \
  X(CrossEntropy)         \
  X(GatherRows)           \
  X(ScatterRows)          \
  X(Add)                  \
  X(Cast)                 \
  X(SoftCap)              \
  X(Sample)               \
  X(Dropout)              \
  X(AdamW)                \
  X(AdamW8bit)            \
  X(SumSquares)           \
  X(Nf4Quantize)          \
  X(Nf4QuantizeScales)    \
  X(Nf4Dequantize)
