/**
 * Damaged model files end in success or in a FettleError, in bounded time and memory, and never in a crash: what opens is loaded too.
 * 10^3 mutations of each kind of file; 10^5 with FETTLE_SLOW=1.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FettleError } from '../../src/errors.ts';
import { readModelConfig } from '../../src/model/families/registry.ts';
import { loadModel } from '../../src/model/load.ts';
import { expectedParameters } from '../../src/model/parameters.ts';
import { openModel } from '../../src/model/source.ts';
import { type GgufEntry, ggufBytes, safetensorsBytes } from './support/files.ts';
import { mutate, randomFrom } from './support/mutate.ts';

const rounds = process.env.FETTLE_SLOW === '1' ? 100_000 : 1000;
/** Of processor time, so that a busy machine makes no difference; a hang runs into the test's own limit. */
const maxMilliseconds = 2000;
const maxGrowthBytes = 512 * 2 ** 20;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const config = {
  architectures: ['LlamaForCausalLM'],
  ...{ hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, vocab_size: 12 },
  ...{ max_position_embeddings: 64, rope_theta: 10000, tie_word_embeddings: true, eos_token_id: [1, 2] },
  rope_scaling: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 16 },
};
const { decoder } = readModelConfig('config.json', new Map(Object.entries(config)));
const shapes = [...expectedParameters(decoder)];

function safetensors(): Buffer {
  let end = 0;
  const entries = shapes.map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((product, n) => product * n, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  return safetensorsBytes({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }, new Uint8Array(end).fill(1));
}

const ggufNames: [RegExp, string][] = [
  [/^model\.embed_tokens/, 'token_embd'],
  [/^model\.norm/, 'output_norm'],
  [/^model\.layers\./, 'blk.'],
  [/input_layernorm/, 'attn_norm'],
  [/post_attention_layernorm/, 'ffn_norm'],
  [/self_attn\.o_proj/, 'attn_output'],
  [/self_attn\.(q|k|v)_proj/, 'attn_$1'],
  [/mlp\.(gate|up|down)_proj/, 'ffn_$1'],
];

/** Rebuilding a tokenizer takes most of the time, so only some rounds do it. */
function gguf(withTokenizer: boolean): Buffer {
  const numbers = { embedding_length: 8, feed_forward_length: 16, block_count: 1, context_length: 64, 'attention.head_count': 2 };
  const metadata: Record<string, GgufEntry> = {
    'general.architecture': 'llama',
    ...Object.fromEntries(Object.entries(numbers).map(([key, value]) => [`llama.${key}`, { u32: value }])),
    'llama.attention.head_count_kv': { u32: 1 },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.freq_base': { f32: 10000 },
    ...(withTokenizer && { 'tokenizer.ggml.model': 'gpt2' }),
    'tokenizer.ggml.pre': 'smollm',
    'tokenizer.ggml.tokens': ['<|end|>', 'a', 'b', 'c', 'd', 'e', 'f', 'ab', 'cd', 'Ġ', 'Ċ', 'ef'],
    'tokenizer.ggml.token_type': { i32s: [3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
    'tokenizer.ggml.merges': ['a b', 'c d', 'e f'],
    'tokenizer.ggml.eos_token_id': { u32: 0 },
    'tokenizer.chat_template': "{% for m in messages %}{{ m['content'] }}<|end|>{% endfor %}",
  };
  const tensors = shapes.map(([name, shape]) => ({
    name: ggufNames.reduce((text, [from, to]) => text.replace(from, to), name),
    shape,
    data: new Uint8Array(4 * shape.reduce((product, n) => product * n, 1)).fill(1),
  }));
  return ggufBytes(metadata, tensors);
}

const index = Buffer.from(
  JSON.stringify({ metadata: { total_size: 1 }, weight_map: Object.fromEntries(shapes.map(([name]) => [name, 'one.safetensors'])) }),
);

/** Opens and loads; returns the code of the error, or "ok". Any other error is passed on, and fails the test. */
async function outcome(path: string): Promise<string> {
  try {
    using _loaded = await loadModel(await openModel(path, { offline: true }), {
      device: 'cpu',
      quantization: 'none',
      compute_dtype: 'f32',
    });
    return 'ok';
  } catch (error) {
    if (error instanceof FettleError && error.code !== 'FETTLE_INTERNAL') return error.code;
    throw error;
  }
}

interface Target {
  /** The file that is damaged, in its folder; what is opened is the folder, or the file itself. */
  file: string;
  opened: string;
  bytes: Buffer;
  /** Damage is done to this many bytes at the start. */
  front: number;
  beside: Record<string, Buffer>;
  rounds?: number;
}

const configJson = Buffer.from(JSON.stringify(config));
const targets: Record<string, () => Target> = {
  safetensors: () => {
    const bytes = safetensors();
    return {
      file: 'model.safetensors',
      opened: '',
      bytes,
      front: 8 + Number(bytes.readBigUInt64LE(0)),
      beside: { 'config.json': configJson },
    };
  },
  GGUF: () => {
    const bytes = gguf(false);
    return { file: 'model.gguf', opened: 'model.gguf', bytes, front: bytes.indexOf('ffn_down.weight') + 100, beside: {} };
  },
  'GGUF with a tokenizer': () => {
    const bytes = gguf(true);
    return {
      file: 'model.gguf',
      opened: 'model.gguf',
      bytes,
      front: bytes.indexOf('ffn_down.weight') + 100,
      beside: {},
      rounds: rounds / 20,
    };
  },
  'index.json': () => {
    const beside = { 'config.json': configJson, 'one.safetensors': safetensors() };
    return { file: 'model.safetensors.index.json', opened: '', bytes: index, front: index.length, beside };
  },
  'config.json': () => {
    const beside = { 'model.safetensors': safetensors() };
    return { file: 'config.json', opened: '', bytes: configJson, front: configJson.length, beside };
  },
};

it.each(Object.keys(targets))(
  '%s',
  async (name) => {
    const target = targets[name]!();
    const { file, opened, bytes, front, beside } = target;
    const place = join(folder, name);
    mkdirSync(place);
    for (const [other, content] of Object.entries(beside)) writeFileSync(join(place, other), content);
    writeFileSync(join(place, file), bytes);
    expect(await outcome(join(place, opened))).toBe('ok');
    const before = process.memoryUsage().rss;
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= (target.rounds ?? rounds); seed++) {
      writeFileSync(join(place, file), mutate(bytes, front, randomFrom(seed)));
      const started = process.cpuUsage();
      const code = await outcome(join(place, opened)).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      });
      const { user, system } = process.cpuUsage(started);
      expect((user + system) / 1000, `time of seed ${seed}`).toBeLessThan(maxMilliseconds);
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(maxGrowthBytes);
    // The damage must be neither too gross nor too fine to say anything.
    expect(seen.size).toBeGreaterThan(2);
  },
  rounds * 60 + 60_000,
);
