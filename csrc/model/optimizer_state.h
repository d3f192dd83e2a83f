#pragma once
#include <string>
#include <vector>

#include "core/buffer.h"
#include "model/trainables.h"
#include "ops/backend.h"

namespace fettle {

/// AdamW8bit keeps the moments in 8 bits (bitsandbytes' adamw8bit), but for those of small tensors, which stay fp32 there too; with
/// PagedAdamW8bit the 8-bit ones lie in the host's memory and visit a device slice by slice.
enum class Optimizer { AdamW, AdamW8bit, PagedAdamW8bit };
Optimizer parse_optimizer(const std::string& name);

struct AdamWOptions {
  float learning_rate, beta1, beta2, epsilon, weight_decay;
  int32_t step;
  double max_grad_norm;  // infinite: no clipping
};

/// The moments of all trainables.
class OptimizerState {
 public:
  /// A part of the state that belongs to one trainable, as a checkpoint names it: exp_avg.<name>, exp_avg_sq.<name> (F32, or U8 codes of
  /// its shape) and, of codes, exp_avg_absmax.<name>, exp_avg_sq_absmax.<name> (F32, one of 256 values).
  struct Part {
    std::string name;
    std::vector<int64_t> shape;
    Tensor values;
    Memory* memory;  // where `values` lies
  };

  OptimizerState() = default;
  /// Moments of zero; `memory` is where the trainables lie.
  OptimizerState(Optimizer kind, const Trainables& trainables, Memory& memory);
  explicit operator bool() const { return size_ > 0; }
  /// Bytes that it takes, or would take, of `memory`.
  static size_t bytes(Optimizer kind, const Trainables& trainables, const Memory& memory);
  size_t bytes() const;

  /// One step with grad_scale * gradient; grad_scale F32 [1] where the trainables lie.
  void update(Context& context, const Trainables& trainables, const AdamWOptions& options, const Tensor& grad_scale);
  std::vector<Part> parts(const Trainables& trainables) const;

 private:
  /// One moment: 8-bit codes of the first `coded_` values, fp32 of the rest. `visiting` has room for a slice of paged codes and scales.
  struct Moment {
    Buffer codes, absmax, f32, visiting;
    Memory* coded_memory = nullptr;
    Tensor codes_of(int64_t first, int64_t count) const;
    Tensor absmax_of(int64_t first, int64_t count) const;
  };
  bool paged() const { return bool(moments_[0].visiting); }
  void update_coded(Context& context, const Trainables& trainables, const AdamWOptions& options, const Tensor& grad_scale);
  Moment moments_[2];
  int64_t coded_ = 0, size_ = 0;
};

}  // namespace fettle
