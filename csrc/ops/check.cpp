#include "ops/check.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "core/error.h"

namespace fettle {
namespace {

using Types = std::initializer_list<DType>;
constexpr Types kActivation = {DType::F32, DType::BF16};

[[noreturn]] void fail(const char* op, const std::string& what) { throw Error("FETTLE_INVALID_ARGUMENT", std::string(op) + ": " + what); }

std::string shape(int64_t rows, int64_t cols) { return std::string("[") + std::to_string(rows) + ", " + std::to_string(cols) + "]"; }

/// `t` has this shape and one of these types, is there, and its rows do not overlap.
void tensor(const char* op, const char* field, const Tensor& t, Types types, int64_t rows, int64_t cols) {
  if (!t && (t.size() > 0 || (t.rows == 0 && t.cols == 0)))
    fail(op, std::string(field) + " is missing");  // [0, n] and [1, 0] are empty, not missing
  if (t.rows != rows || t.cols != cols) fail(op, std::string(field) + " must be " + shape(rows, cols) + ", found " + shape(t.rows, t.cols));
  if (t.rows > 1 && t.ld < t.cols)
    fail(op, std::string(field) + " has rows of " + std::to_string(t.cols) + " but they lie only " + std::to_string(t.ld) + " apart");
  std::string names;
  for (DType type : types) {
    if (t.dtype == type) return;
    names += (names.empty() ? "" : " or ") + std::string(dtype_name(type));
  }
  fail(op, std::string(field) + " must be " + names + ", found " + dtype_name(t.dtype));
}

void scales(const char* op, const Tensor& w) {
  if (w.dtype != DType::NF4) return;
  const Nf4Scales* s = w.nf4;
  if (!s || !(s->absmax || (s->codes && s->absmax2 && s->map))) fail(op, "w is nf4 but has no scales");
  if (s->blocksize != 64) fail(op, "nf4 blocks must hold 64 weights, found " + std::to_string(s->blocksize));
  if (w.ld != w.cols) fail(op, "nf4 weights must be contiguous");
}

void groups(const char* op, int32_t n, int64_t cols, const char* of) {
  if (n < 1 || cols % n != 0) fail(op, std::to_string(cols) + " columns do not divide into " + std::to_string(n) + " " + of);
}

void heads(const char* op, int32_t n, int32_t kv, int32_t dim, float scale) {
  if (n < 1 || kv < 1 || n % kv != 0) fail(op, std::to_string(n) + " heads cannot share " + std::to_string(kv) + " key-value heads");
  if (dim < 1) fail(op, "head_dim must be positive, found " + std::to_string(dim));
  if (!(scale > 0.0f)) fail(op, "scale must be positive, found " + std::to_string(scale));
}

/// Every element lies in [least, limit).
void indices(const char* op, const char* field, const Tensor& index, int64_t limit, int32_t least = 0) {
  for (int64_t i = 0; i < index.size(); ++i) {
    const int32_t v = index.as<int32_t>()[i];
    if (v < least || v >= limit)
      fail(op, std::string(field) + "[" + std::to_string(i) + "] must be in [" + std::to_string(least) + ", " + std::to_string(limit) +
                   "), found " + std::to_string(v));
  }
}

/// Rows of `stack` are those of whole adapters of `rank` rows.
void adapters(const char* op, const char* field, const Tensor& stack, int64_t rank) {
  if (rank < 1 || stack.rows % rank != 0)
    fail(op, std::string(field) + " must hold whole adapters of " + std::to_string(rank) + " rows, found " + std::to_string(stack.rows));
}

constexpr Types kWeight = {DType::F32, DType::BF16, DType::NF4};
constexpr Types kF32 = {DType::F32};
constexpr Types kI32 = {DType::I32};

}  // namespace

void check(const EmbeddingForward& op) {
  tensor(op.name, "ids", op.ids, kI32, 1, op.y.rows);
  tensor(op.name, "table", op.table, kActivation, op.table.rows, op.y.cols);
  tensor(op.name, "y", op.y, kActivation, op.y.rows, op.y.cols);
}

void check(const EmbeddingBackward& op) {
  tensor(op.name, "ids", op.ids, kI32, 1, op.dy.rows);
  tensor(op.name, "dy", op.dy, kActivation, op.dy.rows, op.dy.cols);
  tensor(op.name, "dtable", op.dtable, kF32, op.dtable.rows, op.dy.cols);
}

void check(const RmsNormForward& op) {
  groups(op.name, op.groups, op.x.cols, "groups");
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "gamma", op.gamma, kF32, 1, op.x.cols / op.groups);
  tensor(op.name, "y", op.y, {op.x.dtype}, op.x.rows, op.x.cols);
  if (op.rstd) tensor(op.name, "rstd", op.rstd, kF32, op.x.rows, op.groups);
}

void check(const RmsNormBackward& op) {
  groups(op.name, op.groups, op.x.cols, "groups");
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "gamma", op.gamma, kF32, 1, op.x.cols / op.groups);
  tensor(op.name, "rstd", op.rstd, kF32, op.x.rows, op.groups);
  tensor(op.name, "dy", op.dy, {op.x.dtype}, op.x.rows, op.x.cols);
  tensor(op.name, "dx", op.dx, {op.x.dtype}, op.x.rows, op.x.cols);
  if (op.dgamma) tensor(op.name, "dgamma", op.dgamma, kF32, 1, op.x.cols / op.groups);
}

void check(const Rope& op) {
  groups(op.name, op.heads, op.x.cols, "heads");
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "positions", op.positions, kI32, 1, op.x.rows);
  tensor(op.name, "cos", op.cos, kF32, op.cos.rows, op.cos.cols);
  tensor(op.name, "sin", op.sin, kF32, op.cos.rows, op.cos.cols);
  if (2 * op.cos.cols > op.x.cols / op.heads)
    fail(op.name,
         "cos turns " + std::to_string(2 * op.cos.cols) + " elements of a head, which has only " + std::to_string(op.x.cols / op.heads));
}

void check(const GluForward& op) {
  if (op.activation != 0 && op.activation != 1)
    fail(op.name, "activation must be 0 (silu) or 1 (tanh-gelu), found " + std::to_string(op.activation));
  tensor(op.name, "gate", op.gate, kActivation, op.gate.rows, op.gate.cols);
  tensor(op.name, "up", op.up, {op.gate.dtype}, op.gate.rows, op.gate.cols);
  tensor(op.name, "y", op.y, {op.gate.dtype}, op.gate.rows, op.gate.cols);
}

void check(const GluBackward& op) {
  if (op.activation != 0 && op.activation != 1)
    fail(op.name, "activation must be 0 (silu) or 1 (tanh-gelu), found " + std::to_string(op.activation));
  tensor(op.name, "gate", op.gate, kActivation, op.gate.rows, op.gate.cols);
  for (const auto& [field, t] : {std::pair{"up", op.up}, {"dy", op.dy}, {"dgate", op.dgate}, {"dup", op.dup}})
    tensor(op.name, field, t, {op.gate.dtype}, op.gate.rows, op.gate.cols);
}

void check(const LinearForward& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "w", op.w, kWeight, op.y.cols, op.x.cols);
  scales(op.name, op.w);
  tensor(op.name, "y", op.y, kActivation, op.x.rows, op.y.cols);
  if (op.lora_s) {
    tensor(op.name, "lora_s", op.lora_s, {op.x.dtype}, op.x.rows, op.lora_s.cols);
    tensor(op.name, "lora_b", op.lora_b, {op.x.dtype}, op.y.cols, op.lora_s.cols);
  }
  if (op.bias) tensor(op.name, "bias", op.bias, kF32, 1, op.y.cols);
}

void check(const LinearBackwardInput& op) {
  tensor(op.name, "dy", op.dy, kActivation, op.dy.rows, op.dy.cols);
  tensor(op.name, "w", op.w, kWeight, op.dy.cols, op.dx.cols);
  scales(op.name, op.w);
  tensor(op.name, "dx", op.dx, kActivation, op.dy.rows, op.dx.cols);
  if (op.lora_ds) {
    tensor(op.name, "lora_ds", op.lora_ds, {op.dy.dtype}, op.dy.rows, op.lora_ds.cols);
    tensor(op.name, "lora_a", op.lora_a, {op.dy.dtype}, op.lora_ds.cols, op.dx.cols);
  }
}

void check(const LinearBackwardWeight& op) {
  tensor(op.name, "dy", op.dy, kActivation, op.dy.rows, op.dy.cols);
  tensor(op.name, "x", op.x, kActivation, op.dy.rows, op.x.cols);
  tensor(op.name, "dw", op.dw, kF32, op.dy.cols, op.x.cols);
  if (op.dbias) tensor(op.name, "dbias", op.dbias, kF32, 1, op.dy.cols);
}

void check(const LoraShrink& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "a", op.a, {op.x.dtype}, op.a.rows, op.x.cols);
  adapters(op.name, "a", op.a, op.s.cols);
  tensor(op.name, "index", op.index, kI32, 1, op.x.rows);
  tensor(op.name, "scales", op.scales, kF32, 1, op.a.rows / op.s.cols);
  tensor(op.name, "s", op.s, {op.x.dtype}, op.x.rows, op.s.cols);
}

void check(const LoraExpand& op) {
  tensor(op.name, "s", op.s, kActivation, op.y.rows, op.s.cols);
  tensor(op.name, "b", op.b, {op.s.dtype}, op.b.rows, op.y.cols);
  adapters(op.name, "b", op.b, op.s.cols);
  tensor(op.name, "index", op.index, kI32, 1, op.y.rows);
  tensor(op.name, "y", op.y, {op.s.dtype}, op.y.rows, op.y.cols);
}

void check(const AttentionForward& op) {
  heads(op.name, op.heads, op.kv_heads, op.head_dim, op.scale);
  const int64_t queries = int64_t(op.heads) * op.head_dim, keys = int64_t(op.kv_heads) * op.head_dim;
  tensor(op.name, "q", op.q, kActivation, op.q.rows, queries);
  tensor(op.name, "k", op.k, {op.q.dtype}, op.k.rows, keys);
  tensor(op.name, "v", op.v, {op.q.dtype}, op.k.rows, keys);
  tensor(op.name, "o", op.o, {op.q.dtype}, op.q.rows, queries);
  if (op.lse) tensor(op.name, "lse", op.lse, kF32, op.q.rows, op.heads);
  tensor(op.name, "cu_q", op.cu_q, kI32, 1, op.cu_q.cols);
  tensor(op.name, "k_len", op.k_len, kI32, 1, op.cu_q.cols - 1);
  if (!op.block_table) return tensor(op.name, "k_start", op.k_start, kI32, 1, op.cu_q.cols - 1);
  tensor(op.name, "block_table", op.block_table, kI32, op.cu_q.cols - 1, op.block_table.cols);
  const int32_t size = op.block_size;
  if (size < 1 || (size & (size - 1)) != 0 || op.k.rows % size != 0)
    fail(op.name,
         "block_size must be a power of two that divides the " + std::to_string(op.k.rows) + " rows of k, found " + std::to_string(size));
  if (op.k_start) fail(op.name, "k_start has no meaning beside a block_table");
}

void check(const AttentionBackward& op) {
  heads(op.name, op.heads, op.kv_heads, op.head_dim, op.scale);
  const int64_t queries = int64_t(op.heads) * op.head_dim, keys = int64_t(op.kv_heads) * op.head_dim;
  tensor(op.name, "q", op.q, kActivation, op.q.rows, queries);
  for (const auto& [field, t] : {std::pair{"o", op.o}, {"dout", op.dout}, {"dq", op.dq}})
    tensor(op.name, field, t, {op.q.dtype}, op.q.rows, queries);
  for (const auto& [field, t] : {std::pair{"k", op.k}, {"v", op.v}, {"dk", op.dk}, {"dv", op.dv}})
    tensor(op.name, field, t, {op.q.dtype}, op.q.rows, keys);
  tensor(op.name, "lse", op.lse, kF32, op.q.rows, op.heads);
  tensor(op.name, "cu", op.cu, kI32, 1, op.cu.cols);
}

void check(const CrossEntropy& op) {
  tensor(op.name, "logits", op.logits, kF32, op.logits.rows, op.logits.cols);
  tensor(op.name, "targets", op.targets, kI32, 1, op.logits.rows);
  tensor(op.name, "loss", op.loss, kF32, 1, op.logits.rows);
  if (op.dlogits) tensor(op.name, "dlogits", op.dlogits, kActivation, op.logits.rows, op.logits.cols);
}

void check(const GatherRows& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "index", op.index, kI32, 1, op.y.rows);
  tensor(op.name, "y", op.y, {op.x.dtype}, op.y.rows, op.x.cols);
}

void check(const ScatterRows& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "index", op.index, kI32, 1, op.x.rows);
  tensor(op.name, "y", op.y, {op.x.dtype}, op.y.rows, op.x.cols);
}

void check(const Add& op) {
  tensor(op.name, "a", op.a, kActivation, op.a.rows, op.a.cols);
  tensor(op.name, "b", op.b, {op.a.dtype}, op.a.rows, op.a.cols);
  tensor(op.name, "y", op.y, {op.a.dtype}, op.a.rows, op.a.cols);
}

void check(const Cast& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "y", op.y, kActivation, op.x.rows, op.x.cols);
}

void check(const SoftCap& op) {
  if (!(op.cap > 0.0f)) fail(op.name, "cap must be positive, found " + std::to_string(op.cap));
  tensor(op.name, "x", op.x, kF32, op.x.rows, op.x.cols);
}

void check(const Sample& op) {
  tensor(op.name, "logits", op.logits, kF32, op.logits.rows, op.logits.cols);
  if (op.logits.cols < 1) fail(op.name, "logits must have at least one column");
  for (const auto& [field, t] : {std::pair{"temperature", op.temperature}, {"top_p", op.top_p}})
    tensor(op.name, field, t, kF32, 1, op.logits.rows);
  for (const auto& [field, t] : {std::pair{"top_k", op.top_k}, {"position", op.position}, {"id", op.id}})
    tensor(op.name, field, t, kI32, 1, op.logits.rows);
  tensor(op.name, "seed", op.seed, {DType::U32}, op.logits.rows, 2);
}

void check(const Dropout& op) {
  if (!(op.p >= 0.0f && op.p < 1.0f)) fail(op.name, "p must be in [0, 1), found " + std::to_string(op.p));
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  tensor(op.name, "y", op.y, {op.x.dtype}, op.x.rows, op.x.cols);
  tensor(op.name, "key", op.key, {DType::U32}, 1, 2);
  tensor(op.name, "row_ids", op.row_ids, {DType::U32}, 1, op.x.rows);
  tensor(op.name, "positions", op.positions, kI32, 1, op.x.rows);
}

void check(const AdamW& op) {
  if (op.step < 1) fail(op.name, "step counts from 1, found " + std::to_string(op.step));
  for (const auto& [field, t] : {std::pair{"param", op.param}, {"grad", op.grad}, {"exp_avg", op.exp_avg}, {"exp_avg_sq", op.exp_avg_sq}})
    tensor(op.name, field, t, kF32, 1, op.param.cols);
  tensor(op.name, "grad_scale", op.grad_scale, kF32, 1, 1);
}

void check(const AdamW8bit& op) {
  if (op.step < 1) fail(op.name, "step counts from 1, found " + std::to_string(op.step));
  const int64_t n = op.param.cols, blocks = (n + 255) / 256;
  tensor(op.name, "param", op.param, kF32, 1, n);
  tensor(op.name, "grad", op.grad, kF32, 1, n);
  tensor(op.name, "exp_avg", op.exp_avg, {DType::U8}, 1, n);
  tensor(op.name, "exp_avg_sq", op.exp_avg_sq, {DType::U8}, 1, n);
  tensor(op.name, "absmax", op.absmax, kF32, 1, blocks);
  tensor(op.name, "absmax_sq", op.absmax_sq, kF32, 1, blocks);
  tensor(op.name, "grad_scale", op.grad_scale, kF32, 1, 1);
}

void check(const SumSquares& op) {
  tensor(op.name, "x", op.x, kF32, 1, op.x.cols);
  tensor(op.name, "out", op.out, {DType::F64}, 1, 1);
}

void check(const ClipFactor& op) {
  tensor(op.name, "grad_squares", op.grad_squares, {DType::F64}, 1, 1);
  tensor(op.name, "loss_squares", op.loss_squares, {DType::F64}, 1, 1);
  tensor(op.name, "factor", op.factor, kF32, 1, 1);
}

void check(const Nf4Quantize& op) {
  tensor(op.name, "x", op.x, kActivation, op.x.rows, op.x.cols);
  if (op.x.rows > 1 && op.x.ld != op.x.cols) fail(op.name, "x must be contiguous");
  tensor(op.name, "packed", op.packed, {DType::U8}, 1, (op.x.size() + 1) / 2);
  tensor(op.name, "absmax", op.absmax, kF32, 1, (op.x.size() + 63) / 64);
}

void check(const Nf4QuantizeScales& op) {
  tensor(op.name, "absmax", op.absmax, kF32, 1, op.absmax.cols);
  tensor(op.name, "codes", op.codes, {DType::U8}, 1, op.absmax.cols);
  tensor(op.name, "absmax2", op.absmax2, kF32, 1, (op.absmax.cols + 255) / 256);
  tensor(op.name, "offset", op.offset, kF32, 1, 1);
}

void check(const Nf4Dequantize& op) {
  tensor(op.name, "w", op.w, {DType::NF4}, op.y.rows, op.y.cols);
  scales(op.name, op.w);
  tensor(op.name, "y", op.y, kActivation, op.y.rows, op.y.cols);
}

void check_indices(const EmbeddingForward& op) { indices(op.name, "ids", op.ids, op.table.rows); }
void check_indices(const EmbeddingBackward& op) { indices(op.name, "ids", op.ids, op.dtable.rows); }
void check_indices(const Rope& op) { indices(op.name, "positions", op.positions, op.cos.rows); }
void check_indices(const LoraShrink& op) { indices(op.name, "index", op.index, op.a.rows / op.s.cols, -1); }
void check_indices(const LoraExpand& op) { indices(op.name, "index", op.index, op.b.rows / op.s.cols, -1); }
void check_indices(const AttentionForward& op) {
  if (!op.block_table) return;
  for (int64_t s = 0; s < op.k_len.size(); ++s) {
    const int64_t used = (int64_t(op.k_len.as<int32_t>()[s]) + op.block_size - 1) / op.block_size;
    if (used > op.block_table.cols)
      fail(op.name, "block_table has " + std::to_string(op.block_table.cols) + " blocks a sequence, k_len[" + std::to_string(s) +
                        "] needs " + std::to_string(used));
    indices(op.name, "block_table", op.block_table.slice(s, 1).columns(0, used), op.k.rows / op.block_size);
  }
}
void check_indices(const CrossEntropy& op) { indices(op.name, "targets", op.targets, op.logits.cols); }
void check_indices(const GatherRows& op) { indices(op.name, "index", op.index, op.x.rows); }
void check_indices(const ScatterRows& op) { indices(op.name, "index", op.index, op.y.rows); }

}  // namespace fettle
