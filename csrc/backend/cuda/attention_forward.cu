#include "backend/cuda/attention_f32.h"
#include "backend/cuda/attention_forward_kernel.h"
#include "backend/cuda/attention_launch.h"
#include "backend/cuda/attention_pages.h"
#include "backend/cuda/device/vector.h"

namespace fettle::cuda {
namespace {

using Entry = AttentionEntry<ForwardArguments>;

template <class C>
constexpr Entry entry(const char* name, Variant variant, void (*kernel)(ForwardArguments)) {
  return {name, variant, C::kHeadDim, C::kRows, C::kThreads, C::kBlocksPerSm, size_t(C::kSharedBytes), kernel};
}
template <class C>
constexpr Entry plain(const char* name) {
  return entry<C>(name, Variant::Plain, attention_forward<C, Variant::Plain>);
}
template <class C>
constexpr Entry capped(const char* name) {
  return entry<C>(name, Variant::Capped, attention_forward<C, Variant::Capped>);
}
template <class C>
constexpr Entry general(const char* name) {
  return entry<C>(name, Variant::General, attention_forward<C, Variant::General>);
}
template <class C>
constexpr Entry split(const char* name) {
  return entry<C>(name, Variant::Split, attention_forward<C, Variant::Split>);
}
template <class C>
constexpr Entry split_capped(const char* name) {
  return entry<C>(name, Variant::SplitCapped, attention_forward<C, Variant::SplitCapped>);
}

// names: rows x keys x stages; by head_dim, and of those whose blocks find room on a multiprocessor (last column) the best first
const Entry kTable[] = {
    plain<ForwardConfig<32, 4, 1, 64, 2, 4>>("64x64x2"),          // 4 x 8 KB
    plain<ForwardConfig<64, 4, 2, 64, 4, 2>>("128x64x4"),         // 2 x 48 KB
    plain<ForwardConfig<64, 4, 1, 64, 3, 3>>("64x64x3"),          // 3 x 24 KB
    plain<ForwardConfig<80, 4, 1, 64, 3, 2>>("64x64x3"),          // 2 x 30 KB
    plain<ForwardConfig<96, 4, 1, 64, 3, 2>>("64x64x3"),          // 2 x 36 KB
    plain<ForwardConfig<128, 4, 2, 48, 3, 2>>("128x48x3"),        // 2 x 68 KB
    plain<ForwardConfig<128, 4, 1, 64, 3, 2>>("64x64x3"),         // 2 x 48 KB
    plain<ForwardConfig<256, 4, 1, 64, 2, 1>>("64x64x2"),         // 1 x 96 KB
    capped<ForwardConfig<64, 4, 1, 64, 3, 2>>("64x64x3"),         // 2 x 24 KB
    capped<ForwardConfig<128, 4, 1, 64, 3, 2>>("64x64x3"),        // 2 x 48 KB
    capped<ForwardConfig<256, 4, 1, 64, 2, 1>>("64x64x2"),        // 1 x 96 KB
    general<ForwardConfig<64, 4, 1, 64, 2, 2>>("64x64x2"),        // 2 x 16 KB
    general<ForwardConfig<256, 4, 1, 32, 2, 1>>("64x32x2"),       // 1 x 64 KB
    split<ForwardConfig<64, 1, 1, 64, 4, 2>>("16x64x4"),          // 2 x 32 KB
    split<ForwardConfig<128, 1, 1, 32, 4, 2>>("16x32x4"),         // 2 x 32 KB
    split<ForwardConfig<256, 1, 1, 32, 4, 1>>("16x32x4"),         // 1 x 72 KB
    split_capped<ForwardConfig<128, 1, 1, 32, 4, 2>>("16x32x4"),  // 2 x 32 KB
    split_capped<ForwardConfig<256, 1, 1, 32, 4, 1>>("16x32x4"),  // 1 x 72 KB
};

constexpr int kSplitRows = 16, kMostSplits = 64;

constexpr int kCombineWarps = 4, kCombineColumns = 8;  // of a lane: head_dim <= 256

/// o and lse from those of the splits, each weighted by its share of the sum of exponentials. bytes: partial_o once
__global__ void __launch_bounds__(kCombineWarps * 32) attention_combine(const __grid_constant__ ForwardArguments a, int splits) {
  const int piece = int(blockIdx.x) * kCombineWarps + int(threadIdx.x) / 32, lane = int(threadIdx.x) % 32;
  const int heads = a.shape.heads(), token = piece / heads, head = piece % heads, dim = a.shape.head_dim;
  if (token >= a.sequences.cu_q[a.sequences.count]) return;
  const int64_t pieces = int64_t(a.tokens) * heads;
  float largest = -INFINITY, sum = 0.0f;
  for (int s = 0; s < splits; ++s) largest = fmaxf(largest, a.partial_lse2[s * pieces + piece]);
  float o[kCombineColumns] = {};
  for (int s = 0; s < splits; ++s) {
    const float weight = exp2_approx(a.partial_lse2[s * pieces + piece] - largest);
    sum += weight;
    if (weight == 0.0f) continue;  // also a split without keys, which wrote no o
    const float* from = a.partial_o + (s * pieces + piece) * dim;
#pragma unroll
    for (int i = 0; i < kCombineColumns; ++i)
      if (lane + 32 * i < dim) o[i] += weight * from[lane + 32 * i];
  }
  bf16* to = a.o.at(token, head * dim);
#pragma unroll
  for (int i = 0; i < kCombineColumns; ++i)
    if (lane + 32 * i < dim) to[lane + 32 * i] = to_bf16(o[i] / sum);
  if (a.lse.data && lane == 0) *a.lse.at(token, head) = (largest + log2f(sum)) * kLn2;
}

/// How often to divide the keys so that a small grid fills the GPU.
int splits_for(const Device& device, int64_t blocks, int64_t key_blocks) {
  constexpr int kBlocksPerMultiprocessor = 4, kBlocksPerSplit = 4;
  const int64_t wanted = int64_t(device.properties().multiProcessorCount) * kBlocksPerMultiprocessor / blocks;
  return int(std::clamp<int64_t>(std::min(wanted, key_blocks / kBlocksPerSplit), 1, kMostSplits));
}

/// Whether the keys of a tile of rows are divided among blocks: decoding.
bool has_few_rows(const AttentionForward& op) {
  return op.q.dtype == DType::BF16 && heads_aligned(op.head_dim, op.q, op.k, op.v, op.o) &&
         op.q.rows * (op.heads / op.kv_heads) <= int64_t(kSplitRows) * op.k_len.size();
}

void forward_bf16(Device& device, const AttentionForward& op) {
  const int group = op.heads / op.kv_heads, sequences = int(op.k_len.size());
  const bool aligned = heads_aligned(op.head_dim, op.q, op.k, op.v, op.o), few_rows = has_few_rows(op);
  const AttentionQuestion question{device.properties(), op.head_dim, aligned, op.soft_cap > 0, few_rows};
  const Entry& e = choose_config(few_rows ? "attention_decode" : op.name, kTable, question);
  const int64_t blocks = most_tiles(op.q.rows * group, sequences, e.tile) * op.kv_heads;
  ForwardArguments a{HeadRows<const bf16>(op.q),
                     HeadRows<const bf16>(op.k),
                     HeadRows<const bf16>(op.v),
                     HeadRows<bf16>(op.o),
                     HeadRows<float>(op.lse),
                     nullptr,
                     nullptr,
                     int(op.q.rows),
                     Sequences(op),
                     HeadShape(op.heads, op.kv_heads, op.head_dim, op.window),
                     ScoreScale(op.scale, op.soft_cap)};
  if (!few_rows) return launch(device, op.name, e.kernel, dim3(unsigned(blocks)), dim3(unsigned(e.threads)), e.shared_bytes, a);

  constexpr int kKeys = 32;
  const int64_t keys = op.block_table ? op.block_table.cols * op.block_size : op.k.rows / sequences;
  const int splits = splits_for(device, blocks, keys / kKeys);
  const int64_t pieces = op.q.rows * op.heads;
  a.partial_o = static_cast<float*>(device.scratch(size_t(splits * pieces) * size_t(op.head_dim + 1) * sizeof(float)));
  a.partial_lse2 = a.partial_o + splits * pieces * op.head_dim;
  launch(device, op.name, e.kernel, dim3(unsigned(blocks), unsigned(splits)), dim3(unsigned(e.threads)), e.shared_bytes, a);
  launch(device, "attention_forward combine", attention_combine, dim3(unsigned((pieces + kCombineWarps - 1) / kCombineWarps)),
         dim3(kCombineWarps * 32), 0, a, splits);
}

}  // namespace

void run(Device& device, const AttentionForward& op) {
  if (op.q.rows == 0 || op.k_len.size() == 0) return;
  if (op.block_table && !has_few_rows(op)) return run(device, without_pages(device, op));
  if (op.q.dtype == DType::BF16) return forward_bf16(device, op);
  attention_f32_forward(device, op);
}

}  // namespace fettle::cuda
