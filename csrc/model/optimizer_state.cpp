#include "model/optimizer_state.h"

#include <algorithm>

#include "core/error.h"

namespace fettle {
namespace {

constexpr int64_t kBlock = 256;                // values that share an absmax
constexpr int64_t kSlice = int64_t(16) << 20;  // values whose paged moments are on a device at a time
constexpr const char* kNames[] = {"exp_avg", "exp_avg_sq"};

/// How a moment's bytes are laid out.
struct MomentBytes {
  size_t codes, absmax, f32, visiting;
  MomentBytes(Optimizer kind, const Trainables& trainables, const Memory& memory) {
    const int64_t coded = kind == Optimizer::AdamW ? 0 : trainables.large_size(), slice = std::min(coded, kSlice);
    codes = size_t(coded);
    absmax = absmax_bytes(coded);
    f32 = size_t(trainables.size() - coded) * sizeof(float);
    visiting = kind == Optimizer::PagedAdamW8bit && !memory.on_host() ? size_t(slice) + absmax_bytes(slice) : 0;
  }
  static size_t absmax_bytes(int64_t coded) { return size_t(coded / kBlock) * sizeof(float); }
};

}  // namespace

Optimizer parse_optimizer(const std::string& name) {
  if (name == "adamw") return Optimizer::AdamW;
  if (name == "adamw_8bit") return Optimizer::AdamW8bit;
  if (name == "paged_adamw_8bit") return Optimizer::PagedAdamW8bit;
  throw Error("FETTLE_INVALID_ARGUMENT", "the optimizer must be adamw, adamw_8bit or paged_adamw_8bit, not '" + name + "'");
}

OptimizerState::OptimizerState(Optimizer kind, const Trainables& trainables, Memory& memory) : size_(trainables.size()) {
  const MomentBytes bytes(kind, trainables, memory);
  coded_ = int64_t(bytes.codes);
  for (Moment& m : moments_) {
    m.coded_memory = bytes.visiting > 0 ? &host_memory() : &memory;
    m.codes = Buffer(bytes.codes, *m.coded_memory);
    m.absmax = Buffer(bytes.absmax, *m.coded_memory);
    m.f32 = Buffer(bytes.f32, memory);
    m.visiting = Buffer(bytes.visiting, memory);
  }
}

size_t OptimizerState::bytes(Optimizer kind, const Trainables& trainables, const Memory& memory) {
  const MomentBytes b(kind, trainables, memory);
  return 2 * (b.f32 + (b.visiting > 0 ? b.visiting : b.codes + b.absmax));
}

size_t OptimizerState::bytes() const {
  const Moment& m = moments_[0];
  return 2 * (m.f32.bytes() + (paged() ? m.visiting.bytes() : m.codes.bytes() + m.absmax.bytes()));
}

Tensor OptimizerState::Moment::codes_of(int64_t first, int64_t count) const { return vector(codes.as() + first, DType::U8, count); }
Tensor OptimizerState::Moment::absmax_of(int64_t first, int64_t count) const {
  return vector(absmax.as<float>() + first / kBlock, DType::F32, (count + kBlock - 1) / kBlock);
}

void OptimizerState::update_coded(Context& context, const Trainables& trainables, const AdamWOptions& o, const Tensor& grad_scale) {
  const int64_t step = paged() ? kSlice : coded_;
  for (int64_t first = 0; first < coded_; first += step) {
    const int64_t n = std::min(step, coded_ - first);
    Tensor codes[2], absmax[2];
    for (int i = 0; i < 2; ++i) {
      const Moment& m = moments_[i];
      codes[i] = m.codes_of(first, n);
      absmax[i] = m.absmax_of(first, n);
      if (!paged()) continue;
      context.memory->upload(m.visiting.as(), codes[i].data, size_t(n));
      context.memory->upload(m.visiting.as() + n, absmax[i].data, MomentBytes::absmax_bytes(n));
      codes[i].data = m.visiting.as();
      absmax[i].data = m.visiting.as() + n;
    }
    run(context, AdamW8bit{.param = trainables.all("param").columns(first, n),
                           .grad = trainables.all("grad").columns(first, n),
                           .exp_avg = codes[0],
                           .exp_avg_sq = codes[1],
                           .absmax = absmax[0],
                           .absmax_sq = absmax[1],
                           .grad_scale = grad_scale,
                           .learning_rate = o.learning_rate,
                           .beta1 = o.beta1,
                           .beta2 = o.beta2,
                           .epsilon = o.epsilon,
                           .weight_decay = o.weight_decay,
                           .step = o.step});
    if (!paged()) continue;
    for (int i = 0; i < 2; ++i) {
      context.memory->download(moments_[i].codes_of(first, n).data, codes[i].data, size_t(n));
      context.memory->download(moments_[i].absmax_of(first, n).data, absmax[i].data, MomentBytes::absmax_bytes(n));
    }
  }
}

void OptimizerState::update(Context& context, const Trainables& trainables, const AdamWOptions& o, const Tensor& grad_scale) {
  if (coded_ > 0) update_coded(context, trainables, o, grad_scale);
  if (size_ == coded_) return;
  const int64_t rest = size_ - coded_;
  run(context, AdamW{.param = trainables.all("param").columns(coded_, rest),
                     .grad = trainables.all("grad").columns(coded_, rest),
                     .exp_avg = vector(moments_[0].f32.as(), DType::F32, rest),
                     .exp_avg_sq = vector(moments_[1].f32.as(), DType::F32, rest),
                     .grad_scale = grad_scale,
                     .learning_rate = o.learning_rate,
                     .beta1 = o.beta1,
                     .beta2 = o.beta2,
                     .epsilon = o.epsilon,
                     .weight_decay = o.weight_decay,
                     .step = o.step});
}

std::vector<OptimizerState::Part> OptimizerState::parts(const Trainables& trainables) const {
  std::vector<Part> parts;
  for (int i = 0; i < 2; ++i) {
    const Moment& m = moments_[i];
    const std::string moment = kNames[i];
    for (const Trainables::Entry& e : trainables.entries()) {
      const int64_t size = e.rows * e.cols;
      if (e.offset >= coded_) {
        const Tensor values = vector(m.f32.as<float>() + e.offset - coded_, DType::F32, size);
        parts.push_back({moment + "." + e.name, e.shape, values, &trainables.memory()});
        continue;
      }
      const Tensor absmax = m.absmax_of(e.offset, size);
      parts.push_back({moment + "." + e.name, e.shape, m.codes_of(e.offset, size), m.coded_memory});
      parts.push_back({moment + "_absmax." + e.name, {absmax.cols}, absmax, m.coded_memory});
    }
  }
  return parts;
}

}  // namespace fettle
