import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readModelConfig } from '../../src/model/families/registry.ts';
import { ggufConfig } from '../../src/model/gguf-config.ts';
import { readGgufDecoder } from '../../src/model/gguf-model.ts';
import { loadModel } from '../../src/model/load.ts';
import type { StoredTensor } from '../../src/native/types.ts';
import { readTensors } from './read-tensors.ts';
import { fettleError } from './support/expect-error.ts';
import { type GgufEntry, type GgufTensorToWrite, ggufBytes } from './support/files.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const families = fileURLToPath(new URL('../fixtures/families/', import.meta.url));
const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** llama.cpp's names, written down here a second time on purpose. */
const plainNames: [RegExp, string][] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^lm_head/, 'output'],
  [/input_layernorm/, 'attn_norm'],
  [/self_attn\.(q|k)_norm/, 'attn_$1_norm'],
  [/self_attn\.(q|k|v|qkv)_proj/, 'attn_$1'],
  [/self_attn\.o_proj/, 'attn_output'],
  [/mlp\.gate_up_proj/, 'ffn_up'],
  [/mlp\.(gate|up|down)_proj/, 'ffn_$1'],
  [/post_attention_layernorm/, 'ffn_norm'],
];
const gemmaNames: [RegExp, string][] = [
  [/post_attention_layernorm/, 'post_attention_norm'],
  [/pre_feedforward_layernorm/, 'ffn_norm'],
  [/post_feedforward_layernorm/, 'post_ffw_norm'],
  ...plainNames,
];

function ggufName(name: string, names: [RegExp, string][]): string {
  const short = names.reduce((text, [from, to]) => text.replace(from, to), name);
  return short.replace(/^model\.layers\./, 'blk.');
}

interface Converted {
  file: string;
  reference: ReturnType<typeof readTensors>;
}

/** The fixture of a family as a GGUF file in F32, the way llama.cpp's converter writes it. */
function convert(
  family: string,
  architecture: string,
  more: Record<string, GgufEntry> = {},
  tensorsToo: GgufTensorToWrite[] = [],
): Converted {
  const config = JSON.parse(readFileSync(join(families, family, 'config.json'), 'utf8'));
  const isGemma = architecture.startsWith('gemma');
  const metadata: Record<string, GgufEntry> = {
    'general.architecture': architecture,
    [`${architecture}.embedding_length`]: { u32: config.hidden_size },
    [`${architecture}.feed_forward_length`]: { u32: config.intermediate_size },
    [`${architecture}.block_count`]: { u32: config.num_hidden_layers },
    [`${architecture}.attention.head_count`]: { u32: config.num_attention_heads },
    [`${architecture}.attention.head_count_kv`]: { u32: config.num_key_value_heads },
    [`${architecture}.attention.key_length`]: { u32: config.head_dim ?? config.hidden_size / config.num_attention_heads },
    [`${architecture}.context_length`]: { u32: config.max_position_embeddings },
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { f32: config.rms_norm_eps },
    [`${architecture}.vocab_size`]: { u32: config.vocab_size },
    ...(config.rope_parameters.rope_theta && { [`${architecture}.rope.freq_base`]: { f32: config.rope_parameters.rope_theta } }),
    ...more,
  };
  const heads: Record<string, number> = { q: config.num_attention_heads, k: config.num_key_value_heads };
  const tensors = [...readTensors(join(families, family, 'model.safetensors'))].map(([name, { shape, data }]) => {
    const values = Float32Array.from(data as Float32Array);
    const [, projection] = /self_attn\.(q|k)_proj\.weight/.exec(name) ?? [];
    if (isGemma && name.endsWith('norm.weight'))
      return { name: ggufName(name, gemmaNames), shape, data: bytesOf(values.map((w) => w + 1)) };
    const stored = architecture === 'llama' && projection ? interleave(values, shape, heads[projection]!) : values;
    return { name: ggufName(name, isGemma ? gemmaNames : plainNames), shape, data: bytesOf(stored) };
  });
  const file = join(temporaryFolder(), `${family}.gguf`);
  writeFileSync(file, ggufBytes(metadata, [...tensors, ...tensorsToo]));
  return { file, reference: readTensors(join(families, family, 'reference.safetensors')) };
}

/** Rows of each head from [first half, second half] to pairs. */
function interleave(values: Float32Array, [rows, cols]: number[], heads: number): Float32Array {
  const out = new Float32Array(values.length);
  const half = rows! / heads / 2;
  for (let row = 0; row < rows!; row++) {
    const head = Math.floor(row / (2 * half));
    const within = row % (2 * half);
    const to = head * 2 * half + (within < half ? 2 * within : 2 * (within - half) + 1);
    out.set(values.subarray(row * cols!, (row + 1) * cols!), to * cols!);
  }
  return out;
}

async function logitError({ file, reference }: Converted): Promise<number> {
  using loaded = await loadModel(file, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const input_ids = reference.get('input_ids')!.data as Int32Array;
  const cu_seqlens = reference.get('cu_seqlens')!.data as Int32Array;
  const expected = reference.get('logits')!.data as Float32Array;
  const found = await loaded.native.logits({ input_ids, cu_seqlens });
  const largest = expected.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return found.reduce((max, x, i) => Math.max(max, Math.abs(x - expected[i]!)), 0) / largest;
}

describe('a model that went to GGUF and back gives the logits of transformers', () => {
  it.each<[string, string, Record<string, GgufEntry>]>([
    ['llama2', 'llama', {}],
    ['smollm2', 'llama', {}],
    ['mistral', 'llama', { 'llama.attention.sliding_window': { u32: 7 } }],
    ['llama_linear', 'llama', { 'llama.rope.scaling.type': 'linear', 'llama.rope.scaling.factor': { f32: 4 } }],
    [
      'llama_yarn',
      'llama',
      {
        'llama.rope.scaling.type': 'yarn',
        'llama.rope.scaling.factor': { f32: 4 },
        'llama.rope.scaling.original_context_length': { u32: 128 },
        'llama.rope.scaling.yarn_beta_fast': { f32: 8 },
      },
    ],
    ['qwen2', 'qwen2', {}],
    ['qwen3', 'qwen3', {}],
    ['phi3', 'phi3', { 'phi3.attention.sliding_window': { u32: 20 } }],
  ])('%s', async (family, architecture, more) => {
    expect(await logitError(convert(family, architecture, more))).toBeLessThan(1e-5);
  });

  it('llama31, whose scaling is a tensor of divisors', async () => {
    // Frequencies of base 500 at 16 values a head, over those of rope_type llama3 (factor 8, 1 to 4, 64 positions).
    const plain = Float32Array.from({ length: 8 }, (_, i) => 1 / 500 ** (i / 8));
    const scaled = plain.map((w) => {
      const wavelength = (2 * Math.PI) / w;
      const smooth = Math.min(1, Math.max(0, (64 / wavelength - 1) / 3));
      return ((1 - smooth) * w) / 8 + smooth * w;
    });
    const divisors = plain.map((w, i) => w / scaled[i]!);
    const freqs = { name: 'rope_freqs.weight', shape: [8], data: bytesOf(divisors) };
    expect(await logitError(convert('llama31', 'llama', {}, [freqs]))).toBeLessThan(1e-5);
    expect(await logitError(convert('llama31', 'llama'))).toBeGreaterThan(1e-3);
  });
});

describe('Gemma', () => {
  it('2: norms are stored as 1 + weight; windows on even layers; caps', () => {
    const caps = { 'gemma2.attn_logit_softcapping': { f32: 3 }, 'gemma2.final_logit_softcapping': { f32: 6 } };
    const { config, weights } = readGgufDecoder(
      convert('gemma2', 'gemma2', { 'gemma2.attention.sliding_window': { u32: 7 }, ...caps }).file,
    );
    expect(config).toMatchObject({
      norm_add_one: true,
      post_norms: true,
      attention_soft_cap: 3,
      logit_soft_cap: 6,
      sliding_window: [7, 0],
    });
    expect(config.attention_scale).toBe(1 / Math.sqrt(32));
    for (const [name, source] of weights) expect((source as StoredTensor).add).toBe(name.endsWith('norm.weight') ? -1 : undefined);
  });

  it('3: q and k norms too; every sixth layer is global; the local base is 10000', () => {
    const scaling = { 'gemma3.rope.scaling.type': 'linear', 'gemma3.rope.scaling.factor': { f32: 8 } };
    const base = { 'gemma3.rope.freq_base': { f32: 1e6 }, 'gemma3.attention.sliding_window': { u32: 512 } };
    const { family, config, weights } = readGgufDecoder(convert('gemma3_text', 'gemma3', { ...scaling, ...base }).file);
    expect(family).toBe('gemma3_text');
    expect(config).toMatchObject({ qk_norm: true, sliding_window: [512, 512, 512, 512], rope_of_layer: [1, 1, 1, 1], logit_soft_cap: 0 });
    expect(config.rope_tables.map((table) => table.inv_freq[0])).toEqual([1 / 8, 1]);
    expect(weights.get('model.layers.0.self_attn.q_norm.weight')).toMatchObject({ add: -1 });
  });

  it('3: newer files say of each layer whether it slides', () => {
    const bools = { bools: [false, true, false, true] };
    const window = { 'gemma3.attention.sliding_window': { u32: 512 }, 'gemma3.attention.sliding_window_pattern': bools };
    expect(readGgufDecoder(convert('gemma3_text', 'gemma3', window).file).config.sliding_window).toEqual([0, 512, 0, 512]);
  });

  it.each([
    [26, 1 / Math.sqrt(256)],
    [46, 1 / Math.sqrt(4608 / 32)],
  ])('2 with %i layers scales its queries by %f', (layers, scale) => {
    const sizes = { embedding_length: 4608, feed_forward_length: 8, block_count: layers, context_length: 8192, vocab_size: 8 };
    const heads = {
      'attention.head_count': 32,
      'attention.head_count_kv': 16,
      'attention.key_length': 256,
      'attention.sliding_window': 4096,
    };
    const keys = Object.entries({ ...sizes, ...heads }).map(([key, value]) => [`gemma2.${key}`, value] as const);
    const metadata = new Map<string, string | number>([['general.architecture', 'gemma2'], ...keys]);
    const { config } = ggufConfig({ file: 'x', fileBytes: 0, version: 3, metadata, tensors: new Map() }, { short: undefined });
    expect(readModelConfig('x', config).decoder.attention_scale).toBe(scale);
  });
});

it('a window of 0 is none', () => {
  const window = (architecture: string) => ({ [`${architecture}.attention.sliding_window`]: { u32: 0 } });
  expect(readGgufDecoder(convert('phi3', 'phi3', window('phi3')).file).config.sliding_window).toEqual([0, 0]);
  expect(readGgufDecoder(convert('llama2', 'llama', window('llama')).file).family).toBe('llama');
});

it('longrope: the factors are tensors, the model ends at the original positions', () => {
  const scaling = { 'phi3.rope.scaling.original_context_length': { u32: 64 }, 'phi3.rope.scaling.attn_factor': { f32: 1.25 } };
  const factors = ['short', 'long'].map((kind, i) => {
    return { name: `rope_factors_${kind}.weight`, shape: [8], data: bytesOf(new Float32Array(8).fill(2 + i)) };
  });
  const { config } = readGgufDecoder(convert('phi3', 'phi3', scaling, factors).file);
  expect(config.max_positions).toBe(64);
  expect(config.rope_tables[0]).toMatchObject({ attention_scaling: 1.25 });
  expect(config.rope_tables[0]!.inv_freq[0]).toBe(0.5);
});

it('q and k rows are marked to be put back for llama, not for the others', () => {
  const sources = (family: string, architecture: string) => readGgufDecoder(convert(family, architecture).file).weights;
  const q = 'model.layers.0.self_attn.q_proj.weight';
  expect(sources('smollm2', 'llama').get(q)).toMatchObject({ permuted_heads: 3 });
  expect(sources('smollm2', 'llama').get(q.replace('q_proj', 'k_proj'))).toMatchObject({ permuted_heads: 1 });
  expect(sources('smollm2', 'llama').get(q.replace('q_proj', 'v_proj'))).not.toHaveProperty('permuted_heads');
  expect(sources('qwen2', 'qwen2').get(q)).not.toHaveProperty('permuted_heads');
});

describe('what cannot be', () => {
  it('an unknown architecture lists those that are known', async () => {
    const { file } = convert('llama2', 'mamba');
    const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => readGgufDecoder(file));
    expect(error.message).toMatch(/mamba.*llama, qwen2, qwen3, gemma2, gemma3, phi3/);
    expect(error.problems[0]).toMatchObject({ file, field: 'general.architecture' });
  });

  it('a mixture of experts', async () => {
    const { file } = convert('llama2', 'llama', { 'llama.expert_count': { u32: 8 } });
    await fettleError('FETTLE_MODEL_UNSUPPORTED', () => readGgufDecoder(file));
  });

  it('a wrong key is named as the file names it', async () => {
    const { file } = convert('llama2', 'llama', { 'llama.attention.head_count': { u32: 0 } });
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => readGgufDecoder(file));
    expect(error.problems[0]).toMatchObject({ file, field: 'llama.attention.head_count' });
  });

  it('sizes that the tensors do not have: every tensor is listed', async () => {
    const { file } = convert('llama2', 'llama', { 'llama.feed_forward_length': { u32: 100 } });
    const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readGgufDecoder(file));
    expect(error.problems).toHaveLength(6);
    expect(error.problems[0]?.message).toContain('expected the shape [100, 64] by the config, found [128, 64]');
  });

  it('a tensor that finds no place', async () => {
    const { file } = convert('llama2', 'llama', {}, [{ name: 'blk.0.attn_sinks.weight', shape: [4], data: new Uint8Array(16) }]);
    const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readGgufDecoder(file));
    expect(error.problems[0]?.field).toBe('blk.0.attn_sinks.weight');
  });
});

describe('a model in parts', () => {
  const count = { 'split.count': { u32: 2 } };
  it('is read as one, whichever part is named; missing parts are all listed', async () => {
    const { file } = convert('llama2', 'llama');
    const folder = temporaryFolder();
    const part = (n: number, of = 2) => join(folder, `m-0000${n}-of-0000${of}.gguf`);
    // All tensors in the first part, none in the second: the reader does not care which holds what.
    writeFileSync(part(1), readFileSync(file));
    writeFileSync(part(2), ggufBytes({ 'general.architecture': 'llama', ...count }));
    expect(readGgufDecoder(part(2)).weights.size).toBe(21);
    writeFileSync(part(2, 4), readFileSync(file));
    const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readGgufDecoder(part(2, 4)));
    expect(error.problems.map((problem) => problem.file)).toEqual([part(1, 4), part(3, 4), part(4, 4)]);
  });

  it('a part under another name is refused', async () => {
    const { file } = convert('llama2', 'llama', count);
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => readGgufDecoder(file));
    expect(error.problems[0]?.field).toBe('split.count');
  });
});
