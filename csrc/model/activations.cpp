#include "model/activations.h"

#include <algorithm>

#include "core/error.h"

namespace fettle {

Checkpointing parse_checkpointing(const std::string& name) {
  if (name == "none") return Checkpointing::None;
  if (name == "selective") return Checkpointing::Selective;
  if (name == "full") return Checkpointing::Full;
  throw Error("FETTLE_INVALID_ARGUMENT", "activation checkpointing must be none, selective or full, not '" + name + "'");
}

namespace {
constexpr int64_t kTileRows = 56;  // whole register tiles of every processor

/// As many rows as keep a chunk's logits and their gradients near 96 MiB; on the host, where they lie over each other, near 32 MiB, but
/// enough for the head's weights to be worth packing.
int64_t chunk_rows(const DecoderConfig& c, bool host) {
  const int64_t rows = host ? (int64_t(32) << 20) / (c.vocab_size * 4) : (int64_t(96) << 20) / (c.vocab_size * 6);
  return std::clamp<int64_t>(rows / kTileRows * kTileRows, host ? 2 * kTileRows : kTileRows, host ? 6 * kTileRows : 72 * kTileRows);
}
}  // namespace

void HeadActivations::lay_out(Arena& a, const DecoderConfig& c, DType dtype, int64_t rows, bool train, bool host) {
  const int64_t h = c.hidden_size, v = c.vocab_size, chunk = std::min(chunk_rows(c, host), rows);
  gathered = a.take(dtype, chunk, h);
  normed = a.take(dtype, chunk, h);
  rstd = a.take(DType::F32, chunk, 1);
  logits = a.take(DType::F32, chunk, v);
  dnormed = train ? a.take(dtype, chunk, h) : Tensor{};
  dlogits = !train ? Tensor{} : host || dtype == DType::F32 ? logits : a.take(dtype, chunk, v);
  if (dlogits && dlogits.dtype != dtype) dlogits = {logits.data, dtype, chunk, v, 2 * v};  // in the first half of each row
}

int64_t rounded_tokens(int64_t tokens) { return (tokens + 63) / 64 * 64; }

void Activations::lay_out(Arena& a, const DecoderConfig& c, DType dtype, const PassShape& shape) {
  tokens = rounded_tokens(shape.tokens);
  mode = shape.mode;
  const bool train = shape.training;
  const std::vector<int64_t>& ranks = shape.ranks;
  const int64_t t = tokens, h = c.hidden_size, f = c.intermediate_size, q = c.q_width(), w = c.qkv_width();
  const int64_t max_rank = ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end());
  // the tensors that a mode does not keep lie in one set for all layers
  auto kept = [&](LayerActivations& l) {
    if (c.qk_norm) {
      l.qkv_raw = a.take(dtype, t, w);
      l.q_rstd = a.take(DType::F32, t, c.num_heads);
      l.k_rstd = a.take(DType::F32, t, c.num_kv_heads);
    }
    l.qkv = a.take(dtype, t, w);
    l.lse = a.take(DType::F32, t, c.num_heads);
    l.att = a.take(dtype, t, q);
    if (c.post_norms) {
      l.o = a.take(dtype, t, h);
      l.rstd_o = a.take(DType::F32, t, 1);
      l.d = a.take(dtype, t, h);
      l.rstd_d = a.take(DType::F32, t, 1);
    }
    l.x2 = a.take(dtype, t, h);
    l.gate_up = a.take(dtype, t, 2 * f);
    l.s.resize(ranks.size());
    for (size_t i = 0; i < ranks.size(); ++i)
      if (ranks[i] > 0) l.s[i] = a.take(dtype, t, ranks[i]);
  };
  // with room for the gradients that later lie in its place
  auto gated = [&](LayerActivations& l) {
    l.h = a.take(dtype, t, std::max({h, f, q}));
    l.h.cols = l.h.ld = f;
  };
  const bool share_gated = !train || shape.mode != Checkpointing::None, share_kept = !train || shape.mode == Checkpointing::Full;
  LayerActivations shared;
  scratch = {};
  a.overlay(
      [&] {
        if (share_kept) kept(shared);
        shared.n = a.take(dtype, t, h);
        shared.rstd1 = a.take(DType::F32, t, 1);
        shared.rstd2 = a.take(DType::F32, t, 1);
        if (share_gated) gated(shared);
        if (c.post_norms) scratch.tmp = a.take(dtype, t, h);
        if (!train && shape.adapter_rank > 0) scratch.row_s = a.take(dtype, t, shape.adapter_rank);
        if (!train) return;
        if (shape.dropout) scratch.dropped = a.take(dtype, t, std::max({h, f, q}));
        scratch.dqkv = a.take(dtype, t, w);
        if (max_rank > 0) scratch.ds = a.take(dtype, t, max_rank);
      },
      [&] { head.lay_out(a, c, dtype, t, train, shape.host); });
  head.loss = a.take(DType::F32, 1, t);
  head.ids = train ? Tensor{} : a.take(DType::I32, 1, t);
  Tensor ping[2];
  if (train)
    scratch.dx = a.take(dtype, t, h);
  else
    for (Tensor& p : ping) p = a.take(dtype, t, h);
  layers.assign(c.num_layers, {});
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerActivations& l = layers[i];
    l = shared;
    l.x = train ? a.take(dtype, t, h) : ping[i % 2];
    if (!share_kept) kept(l);
    if (!share_gated) gated(l);
  }
  x_final = train ? a.take(dtype, t, h) : ping[layers.size() % 2];
}

}  // namespace fettle
