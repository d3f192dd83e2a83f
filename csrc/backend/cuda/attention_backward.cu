#include "backend/cuda/attention_backward_kernels.h"
#include "backend/cuda/attention_f32.h"
#include "backend/cuda/attention_launch.h"
#include "backend/cuda/device/vector.h"

namespace fettle::cuda {
namespace {

constexpr int kDeltaThreads = 128;

/// delta and lse2; `lanes`, a power of two, share a head's row of o and do. bytes: o and do once
template <bool Aligned>
__global__ void __launch_bounds__(kDeltaThreads) attention_delta(const __grid_constant__ BackwardArguments a, int lanes) {
  const int64_t piece = (int64_t(blockIdx.x) * kDeltaThreads + threadIdx.x) / lanes;
  const int lane = int(threadIdx.x) % lanes, heads = a.shape.heads(), dim = a.shape.head_dim;
  const int token = int(piece / heads), head = int(piece % heads);
  const bool there = token < a.tokens;
  float sum = 0;
  if (there) {
    float o[8], dout[8];
    load_row8<Aligned>(o, a.o.at(token, head * dim), lane * 8, dim);
    load_row8<Aligned>(dout, a.dout.at(token, head * dim), lane * 8, dim);
#pragma unroll
    for (int j = 0; j < 8; ++j) sum += o[j] * dout[j];
  }
  for (int mask = lanes / 2; mask > 0; mask /= 2) sum += shuffle_xor(sum, mask);
  if (there && lane == 0) {
    a.delta[piece] = sum;
    a.lse2[piece] = *a.lse.at(token, head) * kLog2E;
  }
}

using Kernel = void (*)(BackwardArguments);
using Entry = AttentionEntry<BackwardArguments>;

template <class C>
constexpr Entry entry(const char* name, Variant variant, Kernel kernel) {
  return {name, variant, C::kHeadDim, C::kTile, C::kThreads, C::kBlocksPerSm, size_t(C::kSharedBytes), kernel};
}
template <class C, Variant V = Variant::Plain>
constexpr Entry keys(const char* name) {
  return entry<C>(name, V, attention_backward_keys<C, V>);
}
template <class C, Variant V = Variant::Plain>
constexpr Entry queries(const char* name) {
  return entry<C>(name, V, attention_backward_queries<C, V>);
}

// by head_dim, and of those whose blocks find room on a multiprocessor (last column) the best first; names: keys x rows
const Entry kKeyTable[] = {
    keys<KeyConfig<32, 4, 64, 2, 2>>("64x64"),                     // 2 x 25 KB
    keys<KeyConfig<64, 4, 64, 2, 2>>("64x64"),                     // 2 x 49 KB
    keys<KeyConfig<80, 4, 32, 2, 2>>("64x32"),                     // 2 x 40 KB
    keys<KeyConfig<96, 4, 32, 2, 2>>("64x32"),                     // 2 x 48 KB
    keys<KeyConfig<128, 8, 32, 2, 1>>("128x32"),                   // 1 x 96 KB
    keys<KeyConfig<64, 4, 64, 2, 2>, Variant::Capped>("64x64"),    // 2 x 49 KB
    keys<KeyConfig<128, 8, 32, 2, 1>, Variant::Capped>("128x32"),  // 1 x 96 KB
    keys<KeyConfig<64, 4, 32, 2, 2>, Variant::General>("64x32"),   // 2 x 32 KB
    keys<KeyConfig<128, 4, 16, 2, 1>, Variant::General>("64x16"),  // 1 x 48 KB
};
// head_dim 256: dk, then dv
const Entry kWideKeyTable[] = {
    keys<KeyConfig<256, 4, 32, 2, 1, Sums::Keys>>("64x32"),                    // 1 x 128 KB
    keys<KeyConfig<256, 4, 16, 2, 1, Sums::Keys>>("64x16"),                    // 1 x 96 KB
    keys<KeyConfig<256, 4, 16, 2, 1, Sums::Keys>, Variant::Capped>("64x16"),   // 1 x 96 KB
    keys<KeyConfig<256, 4, 16, 2, 1, Sums::Keys>, Variant::General>("64x16"),  // 1 x 96 KB
};
const Entry kWideValueTable[] = {
    keys<KeyConfig<256, 4, 32, 2, 1, Sums::Values>>("64x32"),                    // 1 x 96 KB
    keys<KeyConfig<256, 4, 32, 2, 1, Sums::Values>, Variant::Capped>("64x32"),   // 1 x 96 KB
    keys<KeyConfig<256, 4, 16, 2, 1, Sums::Values>, Variant::General>("64x16"),  // 1 x 64 KB
};
// names: rows x keys
const Entry kQueryTable[] = {
    queries<QueryConfig<32, 4, 64, 2, 2>>("64x64"),                     // 2 x 24 KB
    queries<QueryConfig<64, 4, 64, 2, 2>>("64x64"),                     // 2 x 48 KB
    queries<QueryConfig<80, 4, 32, 2, 2>>("64x32"),                     // 2 x 40 KB
    queries<QueryConfig<96, 4, 32, 2, 2>>("64x32"),                     // 2 x 48 KB
    queries<QueryConfig<128, 4, 64, 2, 1>>("64x64"),                    // 1 x 96 KB
    queries<QueryConfig<128, 4, 32, 2, 1>>("64x32"),                    // 1 x 64 KB
    queries<QueryConfig<256, 4, 32, 2, 1>>("64x32"),                    // 1 x 128 KB
    queries<QueryConfig<256, 4, 16, 2, 1>>("64x16"),                    // 1 x 96 KB
    queries<QueryConfig<64, 4, 32, 2, 2>, Variant::Capped>("64x32"),    // 2 x 32 KB
    queries<QueryConfig<128, 4, 32, 2, 1>, Variant::Capped>("64x32"),   // 1 x 64 KB
    queries<QueryConfig<256, 4, 16, 2, 1>, Variant::Capped>("64x16"),   // 1 x 96 KB
    queries<QueryConfig<64, 4, 32, 2, 2>, Variant::General>("64x32"),   // 2 x 32 KB
    queries<QueryConfig<256, 4, 16, 2, 1>, Variant::General>("64x16"),  // 1 x 96 KB
};

void backward_bf16(Device& device, const AttentionBackward& op) {
  const int group = op.heads / op.kv_heads, sequences = int(op.cu.size()) - 1;
  const bool aligned = heads_aligned(op.head_dim, op.q, op.k, op.v, op.o, op.dout, op.dq, op.dk, op.dv);
  const AttentionQuestion question{device.properties(), op.head_dim, aligned, op.soft_cap > 0, false};
  const int64_t pieces = op.q.rows * op.heads;
  float* scratch = static_cast<float*>(device.scratch(size_t(pieces) * 2 * sizeof(float)));
  const BackwardArguments a{HeadRows<const bf16>(op.q),
                            HeadRows<const bf16>(op.k),
                            HeadRows<const bf16>(op.v),
                            HeadRows<const bf16>(op.o),
                            HeadRows<const bf16>(op.dout),
                            HeadRows<const float>(op.lse),
                            HeadRows<bf16>(op.dq),
                            HeadRows<bf16>(op.dk),
                            HeadRows<bf16>(op.dv),
                            scratch,
                            scratch + pieces,
                            int(op.q.rows),
                            Sequences(op),
                            HeadShape(op.heads, op.kv_heads, op.head_dim, op.window),
                            ScoreScale(op.scale, op.soft_cap),
                            op.scale};
  int lanes = 1;
  while (lanes * 8 < op.head_dim) lanes *= 2;
  launch(device, "attention_backward delta", aligned ? attention_delta<true> : attention_delta<false>,
         dim3(unsigned((pieces * lanes + kDeltaThreads - 1) / kDeltaThreads)), dim3(kDeltaThreads), 0, a, lanes);
  auto start = [&](const char* name, const auto& table, int64_t rows) {
    const Entry& e = choose_config(name, table, question);
    launch(device, name, e.kernel, dim3(unsigned(most_tiles(rows, sequences, e.tile) * op.kv_heads)), dim3(unsigned(e.threads)),
           e.shared_bytes, a);
  };
  if (op.head_dim <= 128) {
    start("attention_backward_keys", kKeyTable, op.k.rows);
  } else {
    start("attention_backward_keys", kWideKeyTable, op.k.rows);
    start("attention_backward_values", kWideValueTable, op.k.rows);
  }
  start("attention_backward_queries", kQueryTable, op.q.rows * group);
}

}  // namespace

void run(Device& device, const AttentionBackward& op) {
  if (op.q.rows == 0 || op.cu.size() < 2) return;
  if (op.q.dtype == DType::BF16) return backward_bf16(device, op);
  attention_f32_backward(device, op);
}

}  // namespace fettle::cuda
