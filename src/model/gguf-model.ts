/** A GGUF file as a decoder: its numbers, and where its weights lie by Hugging Face's names. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { DecoderConfig, WeightSource } from '../native/types.ts';
import { asReadError } from '../system-errors.ts';
import { checkWeights } from './check-weights.ts';
import { readModelConfig } from './families/registry.ts';
import type { GgufMetadata } from './gguf.ts';
import { ggufConfig } from './gguf-config.ts';
import { type GgufLocatedTensor, readGgufModel } from './gguf-shards.ts';
import { formatError } from './model-error.ts';

export interface GgufModel {
  family: string;
  config: DecoderConfig;
  weights: Map<string, WeightSource>;
  metadata: GgufMetadata;
}

const topNames: ReadonlyMap<string, string> = new Map([
  ['token_embd', 'model.embed_tokens'],
  ['output_norm', 'model.norm'],
  ['output', 'lm_head'],
]);

const layerNames: ReadonlyMap<string, string> = new Map([
  ['attn_norm', 'input_layernorm'],
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_qkv', 'self_attn.qkv_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['attn_q_norm', 'self_attn.q_norm'],
  ['attn_k_norm', 'self_attn.k_norm'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
]);

const gemmaLayerNames: ReadonlyMap<string, string> = new Map([
  ...layerNames,
  ['ffn_norm', 'pre_feedforward_layernorm'],
  ['post_attention_norm', 'post_attention_layernorm'],
  ['post_ffw_norm', 'post_feedforward_layernorm'],
]);

const phi3LayerNames: ReadonlyMap<string, string> = new Map([...layerNames, ['ffn_up', 'mlp.gate_up_proj']]);

/** Tensors that are settings, not weights. */
const settings = /^(rope_freqs|rope_factors_(long|short))\.weight$|\.attn_rot_embd$/;

/**
 * Reads a GGUF model's headers (and tensors of a few numbers that are settings); no weights.
 * Throws `FETTLE_MODEL_FORMAT`, `FETTLE_MODEL_UNSUPPORTED`, `FETTLE_MODEL_INCOMPLETE`.
 */
export function readGgufDecoder(file: string): GgufModel {
  const { header, tensors } = readGgufModel(file);
  const short = tensors.get('rope_factors_short.weight');
  const merged = { ...header, tensors };
  const { architecture, config, names } = ggufConfig(merged, { short: short && readNumbers(short) });
  const { family, decoder } = readModelConfig(file, config, names);
  const freqs = tensors.get('rope_freqs.weight');
  if (freqs) divideFrequencies(decoder, readNumbers(freqs), freqs);
  const found = new Map<string, WeightSource>();
  for (const [name, tensor] of tensors) {
    if (!settings.test(name)) found.set(parameterName(name, architecture), weightSource(tensor, architecture, decoder));
  }
  return { family, config: decoder, weights: checkWeights(file, decoder, found), metadata: header.metadata };
}

/** Hugging Face's name of a tensor; one that has none keeps its own, and is then refused as finding no place. */
function parameterName(name: string, architecture: string): string {
  const [, layer, module, kind] = /^(?:blk\.(\d+)\.)?([a-z0-9_]+)\.(weight|bias)$/.exec(name) ?? [];
  if (module === undefined) return name;
  if (layer === undefined) return topNames.has(module) ? `${topNames.get(module)}.${kind}` : name;
  const layers = architecture.startsWith('gemma') ? gemmaLayerNames : architecture === 'phi3' ? phi3LayerNames : layerNames;
  return layers.has(module) ? `model.layers.${layer}.${layers.get(module)}.${kind}` : name;
}

function weightSource(tensor: GgufLocatedTensor, architecture: string, decoder: DecoderConfig): WeightSource {
  const { name, file, offset, bytes, type, shape } = tensor;
  const source: WeightSource = { file, offset, bytes, type, shape };
  // llama.cpp rotates neighbours for this architecture, so its converter interleaves the rows of each head.
  if (architecture === 'llama' && /\.attn_q\.(weight|bias)$/.test(name)) return { ...source, permuted_heads: decoder.num_heads };
  if (architecture === 'llama' && /\.attn_k\.(weight|bias)$/.test(name)) return { ...source, permuted_heads: decoder.num_kv_heads };
  if (architecture.startsWith('gemma') && name.endsWith('norm.weight')) return { ...source, add: -1 };
  return source;
}

/** Llama 3.1's scaling, which GGUF says by one divisor for each frequency. */
function divideFrequencies(decoder: DecoderConfig, factors: readonly number[], { file, name }: GgufLocatedTensor): void {
  const [table] = decoder.rope_tables;
  if (table === undefined || table.inv_freq.length !== factors.length || !factors.every((n) => n > 0)) {
    throw formatError(file, `expected ${table?.inv_freq.length ?? 0} positive numbers, found ${factors.length}`, { field: name });
  }
  table.inv_freq = table.inv_freq.map((w, i) => w / factors[i]!);
}

/** The values of a small fp32 tensor. */
function readNumbers({ file, name, offset, bytes, type }: GgufLocatedTensor): number[] {
  if (type !== 'F32' || bytes > 4096)
    throw formatError(file, `expected at most 1024 numbers in F32, found ${bytes} bytes of ${type}`, { field: name });
  const buffer = Buffer.alloc(bytes);
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const read = readSync(fd, buffer, 0, bytes, offset);
    if (read < bytes) throw formatError(file, `expected ${bytes} bytes at ${offset}, found ${read}`, { field: name });
  } catch (cause) {
    throw asReadError(cause, file);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return Array.from({ length: bytes / 4 }, (_, i) => buffer.readFloatLE(4 * i));
}
