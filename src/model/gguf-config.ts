/** GGUF metadata put into the words of config.json, so that each family is known in one place only. */
import { FettleError } from '../errors.ts';
import type { GgufHeader, GgufValue } from './gguf.ts';
import type { JsonObject } from './json-file.ts';
import { shown, unsupportedError } from './model-error.ts';

/** `general.architecture` to transformers' architecture. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['llama', 'LlamaForCausalLM'],
  ['qwen2', 'Qwen2ForCausalLM'],
  ['qwen3', 'Qwen3ForCausalLM'],
  ['gemma2', 'Gemma2ForCausalLM'],
  ['gemma3', 'Gemma3ForCausalLM'],
  ['phi3', 'Phi3ForCausalLM'],
]);

/** config.json's fields by the keys that GGUF has for them, after `<architecture>.`. */
const plainFields: readonly [field: string, key: string][] = [
  ['hidden_size', 'embedding_length'],
  ['intermediate_size', 'feed_forward_length'],
  ['num_hidden_layers', 'block_count'],
  ['num_attention_heads', 'attention.head_count'],
  ['num_key_value_heads', 'attention.head_count_kv'],
  ['head_dim', 'attention.key_length'],
  ['max_position_embeddings', 'context_length'],
  ['rms_norm_eps', 'attention.layer_norm_rms_epsilon'],
  ['vocab_size', 'vocab_size'],
  ['rope_theta', 'rope.freq_base'],
  ['rope_local_base_freq', 'rope.freq_base_swa'],
  ['sliding_window', 'attention.sliding_window'],
  ['attn_logit_softcapping', 'attn_logit_softcapping'],
  ['final_logit_softcapping', 'final_logit_softcapping'],
];

const scalingFields: readonly [field: string, key: string][] = [
  ['rope_type', 'rope.scaling.type'],
  ['factor', 'rope.scaling.factor'],
  ['original_max_position_embeddings', 'rope.scaling.original_context_length'],
  ['beta_fast', 'rope.scaling.yarn_beta_fast'],
  ['beta_slow', 'rope.scaling.yarn_beta_slow'],
];

/** Layers of the Gemmas whose queries are scaled by hidden / heads instead of the head size; the file does not say it. */
const gemma27bLayers: ReadonlyMap<string, number> = new Map([
  ['gemma2', 46],
  ['gemma3', 62],
]);

export interface GgufConfig {
  architecture: string;
  config: JsonObject;
  /** config.json's fields to the file's own keys, for errors. */
  names: Map<string, string>;
}

/** Small tensors that belong to the config: longrope's factors. */
export interface RopeFactors {
  short: number[] | undefined;
}

/** Throws `FETTLE_MODEL_UNSUPPORTED` for an architecture that fettle does not have, or a mixture of experts. */
export function ggufConfig({ file, metadata, tensors }: GgufHeader, factors: RopeFactors): GgufConfig {
  const architecture = metadata.get('general.architecture');
  const known = typeof architecture === 'string' ? architectures.get(architecture) : undefined;
  if (typeof architecture !== 'string' || known === undefined) throw unknownArchitecture(file, architecture);
  const get = (key: string) => metadata.get(`${architecture}.${key}`);
  if (Number(get('expert_count') ?? 0) > 0) {
    throw unsupportedError(file, `expected a dense model, found ${shown(get('expert_count'))} experts`, {
      field: `${architecture}.expert_count`,
    });
  }
  const config = new Map<string, unknown>();
  const names = new Map<string, string>();
  for (const [field, key] of plainFields) {
    names.set(field, `${architecture}.${key}`);
    if (get(key) !== undefined) config.set(field, get(key));
  }
  // Converters write 0 for "no window" (Phi-4).
  if (config.get('sliding_window') === 0) config.set('sliding_window', null);
  // llama.cpp knows Mistral as a llama with a window.
  const isMistral = architecture === 'llama' && Boolean(config.get('sliding_window'));
  config.set('architectures', [isMistral ? 'MistralForCausalLM' : known]);
  if (!config.has('num_key_value_heads')) config.set('num_key_value_heads', config.get('num_attention_heads'));
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (Array.isArray(tokens)) config.set('vocab_size', tokens.length);
  else if (!config.has('vocab_size')) config.set('vocab_size', tensors.get('token_embd.weight')?.shape[0]);
  config.set('tie_word_embeddings', !tensors.has('output.weight'));
  config.set('attention_bias', tensors.has('blk.0.attn_output.bias') || (architecture === 'qwen3' && tensors.has('blk.0.attn_q.bias')));
  config.set('mlp_bias', tensors.has('blk.0.ffn_down.bias'));
  addGemma(config, architecture, get);
  addRope(config, names, architecture, get, factors);
  return { architecture, config, names };
}

type Get = (key: string) => GgufValue | undefined;

function addGemma(config: Map<string, unknown>, architecture: string, get: Get): void {
  if (!architecture.startsWith('gemma')) return;
  const headDim = Number(config.get('head_dim') ?? 256);
  const perHead = Number(config.get('hidden_size')) / Number(config.get('num_attention_heads'));
  const is27b = gemma27bLayers.get(architecture) === Number(config.get('num_hidden_layers'));
  config.set('query_pre_attn_scalar', is27b ? perHead : headDim);
  const pattern = get('attention.sliding_window_pattern');
  if (Array.isArray(pattern))
    config.set(
      'layer_types',
      pattern.map((slides) => (slides ? 'sliding_attention' : 'full_attention')),
    );
  else if (pattern !== undefined) config.set('sliding_window_pattern', pattern);
}

function addRope(config: Map<string, unknown>, names: Map<string, string>, architecture: string, get: Get, factors: RopeFactors): void {
  const headDim = Number(config.get('head_dim') ?? Number(config.get('hidden_size')) / Number(config.get('num_attention_heads')));
  const rotated = get('rope.dimension_count');
  if (typeof rotated === 'number' && headDim > 0 && rotated !== headDim) config.set('partial_rotary_factor', rotated / headDim);
  names.set('partial_rotary_factor', `${architecture}.rope.dimension_count`);
  const scaling: Record<string, unknown> = {};
  for (const [field, key] of scalingFields) {
    names.set(`rope_scaling.${field}`, `${architecture}.${key}`);
    if (get(key) !== undefined) scaling[field] = get(key);
  }
  if (scaling.rope_type === 'none') scaling.rope_type = 'default';
  if (factors.short) Object.assign(scaling, { rope_type: 'longrope', short_factor: factors.short });
  const attentionFactor = get('rope.scaling.attn_factor');
  if (typeof attentionFactor === 'number') scaling.attention_factor = attentionFactor * yarnFactor(scaling);
  if (scaling.rope_type !== undefined) config.set('rope_scaling', scaling);
}

/** llama.cpp multiplies YaRN's own factor by `attn_factor`; of longrope it is the whole factor. */
function yarnFactor({ rope_type, factor }: Record<string, unknown>): number {
  return rope_type === 'yarn' && typeof factor === 'number' && factor > 1 ? 0.1 * Math.log(factor) + 1 : 1;
}

function unknownArchitecture(file: string, architecture: GgufValue | undefined): FettleError {
  const supported = [...architectures.keys()].join(', ');
  const message = `expected a supported architecture, found ${architecture === undefined ? 'none' : shown(architecture)}`;
  const hint = `Supported in GGUF files are ${supported}.`;
  return new FettleError('FETTLE_MODEL_UNSUPPORTED', `${file}: ${message}; supported are ${supported}`, {
    hint,
    problems: [{ file, field: 'general.architecture', message, hint }],
  });
}
