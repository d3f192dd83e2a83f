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
/// As many rows as keep a chunk's logits and their gradients near 96 MiB, in whole register tiles.
int64_t chunk_rows(const DecoderConfig& c) {
  const int64_t rows = (int64_t(96) << 20) / (c.vocab_size * 6);
  return std::clamp<int64_t>(rows / 56 * 56, 56, 4032);
}
}  // namespace

void HeadActivations::lay_out(Arena& a, const DecoderConfig& c, DType dtype, int64_t t, bool train) {
  const int64_t h = c.hidden_size, chunk = std::min(chunk_rows(c), t);
  gathered = a.take(dtype, t, h);
  normed = a.take(dtype, t, h);
  rstd = a.take(DType::F32, t, 1);
  loss = a.take(DType::F32, 1, t);
  logits = a.take(DType::F32, chunk, c.vocab_size);
  dnormed = train ? a.take(dtype, t, h) : Tensor{};
  dlogits = train && dtype == DType::BF16 ? a.take(dtype, chunk, c.vocab_size) : Tensor{};
}

void Activations::lay_out(Arena& a, const DecoderConfig& c, DType dtype, const PassShape& shape) {
  tokens = (shape.tokens + 63) / 64 * 64;
  mode = shape.mode;
  const bool train = shape.training;
  const std::vector<int64_t>& ranks = shape.ranks;
  const int64_t t = tokens, h = c.hidden_size, f = c.intermediate_size, q = c.q_width(), w = c.qkv_width();
  const int64_t max_rank = ranks.empty() ? 0 : *std::max_element(ranks.begin(), ranks.end());
  layers.assign(c.num_layers, {});
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
  auto cheap = [&](LayerActivations& l) {
    l.rstd1 = a.take(DType::F32, t, 1);
    l.n1 = a.take(dtype, t, h);
    l.rstd2 = a.take(DType::F32, t, 1);
    l.n2 = a.take(dtype, t, h);
    l.h = a.take(dtype, t, f);
  };
  LayerActivations shared;
  const bool share_cheap = !train || shape.mode != Checkpointing::None, share_kept = !train || shape.mode == Checkpointing::Full;
  if (share_kept) kept(shared);
  if (share_cheap) cheap(shared);
  Tensor ping[2];
  if (!train)
    for (Tensor& p : ping) p = a.take(dtype, t, h);
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerActivations& l = layers[i];
    l = shared;
    l.x = train ? a.take(dtype, t, h) : ping[i % 2];
    if (!share_kept) kept(l);
    if (!share_cheap) cheap(l);
  }
  x_final = train ? a.take(dtype, t, h) : ping[layers.size() % 2];
  scratch = {};
  scratch.tmp = a.take(dtype, t, h);
  if (train && shape.dropout) scratch.dropped = a.take(dtype, t, std::max({h, f, q}));
  if (train) {
    scratch.dx = a.take(dtype, t, h);
    scratch.dn = a.take(dtype, t, h);
    scratch.dqkv = a.take(dtype, t, w);
    scratch.datt = a.take(dtype, t, q);
    scratch.dh = a.take(dtype, t, f);
    if (max_rank > 0) scratch.ds = a.take(dtype, t, max_rank);
  }
  head.lay_out(a, c, dtype, t, train);
}

}  // namespace fettle
