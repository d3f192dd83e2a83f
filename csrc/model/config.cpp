#include "model/config.h"

#include <string>

#include "core/error.h"

namespace fettle {
namespace {
void need(bool ok, const char* what) {
  if (!ok) throw Error("FETTLE_INVALID_ARGUMENT", std::string("model config: ") + what);
}
}  // namespace

void check(const DecoderConfig& c) {
  need(c.vocab_size > 0 && c.hidden_size > 0 && c.intermediate_size > 0 && c.num_layers > 0 && c.num_heads > 0 && c.num_kv_heads > 0 &&
           c.head_dim > 0,
       "sizes must be positive");
  need(c.num_heads % c.num_kv_heads == 0, "num_heads must be a multiple of num_kv_heads");
  need(c.head_dim % 2 == 0 && c.head_dim <= 512, "head_dim must be even and at most 512");
  need(c.max_positions > 0, "max_positions must be positive");
  need(int32_t(c.sliding_window.size()) == c.num_layers && int32_t(c.rope_of_layer.size()) == c.num_layers,
       "sliding_window and rope_of_layer need one entry a layer");
  for (const RopeTable& t : c.rope_tables)
    need(!t.inv_freq.empty() && 2 * int64_t(t.inv_freq.size()) <= c.head_dim, "inv_freq must hold at most head_dim / 2 numbers");
  for (int32_t r : c.rope_of_layer) need(r >= 0 && r < int32_t(c.rope_tables.size()), "rope_of_layer names no table");
  for (int32_t w : c.sliding_window) need(w >= 0, "sliding_window must not be negative");
}

}  // namespace fettle
