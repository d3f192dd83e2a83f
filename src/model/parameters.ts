/** Which weights a decoder has, by Hugging Face's names, with shapes: what a model file must hold. */
import type { DecoderConfig } from '../native/types.ts';

/** The parameters in the engine's order; the same list as `csrc/model/parameters.cpp` builds (a test compares them). */
export function expectedParameters(c: DecoderConfig): Map<string, number[]> {
  const parameters = new Map<string, number[]>();
  const hidden = c.hidden_size;
  parameters.set('model.embed_tokens.weight', [c.vocab_size, hidden]);
  for (let layer = 0; layer < c.num_layers; layer++) {
    for (const [name, shape] of layerParameters(c)) parameters.set(`model.layers.${layer}.${name}`, shape);
  }
  parameters.set('model.norm.weight', [hidden]);
  if (!c.tie_word_embeddings) parameters.set('lm_head.weight', [c.vocab_size, hidden]);
  return parameters;
}

function* layerParameters(c: DecoderConfig): Generator<[string, number[]]> {
  const hidden = c.hidden_size;
  yield ['input_layernorm.weight', [hidden]];
  yield* attentionParameters(c);
  yield ['post_attention_layernorm.weight', [hidden]];
  if (c.post_norms) {
    yield ['pre_feedforward_layernorm.weight', [hidden]];
    yield ['post_feedforward_layernorm.weight', [hidden]];
  }
  const gates: [string, number][] = c.fused_gate_up
    ? [['gate_up_proj', 2 * c.intermediate_size]]
    : [
        ['gate_proj', c.intermediate_size],
        ['up_proj', c.intermediate_size],
      ];
  for (const [module, rows] of gates) yield* linear(`mlp.${module}`, rows, hidden, c.mlp_bias);
  yield* linear('mlp.down_proj', hidden, c.intermediate_size, c.mlp_bias);
}

function* attentionParameters(c: DecoderConfig): Generator<[string, number[]]> {
  const q = c.num_heads * c.head_dim;
  const kv = c.num_kv_heads * c.head_dim;
  const projections: [string, number][] = c.fused_qkv
    ? [['qkv_proj', q + 2 * kv]]
    : [
        ['q_proj', q],
        ['k_proj', kv],
        ['v_proj', kv],
      ];
  for (const [module, rows] of projections) yield* linear(`self_attn.${module}`, rows, c.hidden_size, c.qkv_bias);
  if (c.qk_norm) {
    yield ['self_attn.q_norm.weight', [c.head_dim]];
    yield ['self_attn.k_norm.weight', [c.head_dim]];
  }
  yield* linear('self_attn.o_proj', c.hidden_size, q, c.o_bias);
}

function* linear(module: string, rows: number, cols: number, bias: boolean): Generator<[string, number[]]> {
  yield [`${module}.weight`, [rows, cols]];
  if (bias) yield [`${module}.bias`, [rows]];
}
