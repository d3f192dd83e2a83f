import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGguf } from '../../src/model/gguf.ts';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type {
  DecoderConfig,
  ModelOptions,
  NativeModel,
  StoredNf4,
  StoredTensor,
  StoredType,
  WeightSource,
} from '../../src/native/types.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const embedding = 'model.embed_tokens.weight';
const types: StoredType[] = ['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q4_K', 'Q5_K', 'Q6_K'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A one-layer decoder; `hidden` and `vocab` as the weights under test need them. */
function decoder(vocab: number, hidden: number, more: Partial<DecoderConfig> = {}): DecoderConfig {
  return {
    vocab_size: vocab,
    hidden_size: hidden,
    intermediate_size: 64,
    num_layers: 1,
    num_heads: 4,
    num_kv_heads: 2,
    head_dim: 16,
    max_positions: 32,
    rms_norm_eps: 1e-5,
    norm_add_one: false,
    activation: 'silu',
    attention_scale: 0.25,
    attention_soft_cap: 0,
    logit_soft_cap: 0,
    sliding_window: [0],
    rope_tables: [{ inv_freq: new Float32Array(8).fill(0.1), attention_scaling: 1 }],
    rope_of_layer: [0],
    embedding_scale: 1,
    tie_word_embeddings: true,
    qkv_bias: false,
    o_bias: false,
    mlp_bias: false,
    qk_norm: false,
    post_norms: false,
    fused_qkv: false,
    fused_gate_up: false,
    ...more,
  };
}

let files = 0;
/** A file with these bytes from byte 8 on, as the place of a tensor. */
function place(bytes: ArrayBufferView): { file: string; offset: number; bytes: number } {
  const file = join(folder, `${files++}.bin`);
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeFileSync(file, Buffer.concat([Buffer.alloc(8), body]));
  return { file, offset: 8, bytes: body.length };
}

function stored(values: Float32Array, shape: number[], more: Partial<StoredTensor> = {}): StoredTensor {
  return { ...place(values), type: 'F32', shape, ...more };
}

/** Deterministic values in (-1, 1). */
function wave(n: number, seed: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233));
}

/** A model with these weights; every other weight is a wave. */
async function loaded(
  config: DecoderConfig,
  weights: Record<string, WeightSource>,
  options: Partial<ModelOptions> = {},
): Promise<NativeModel> {
  const model = nativeAddon().createModel(config, { device: 'cpu', compute_dtype: 'f32', quantization: 'none', ...options });
  let seed = 0;
  for (const { name, shape } of model.parameters()) {
    const n = shape.reduce((product, size) => product * size, 1);
    await model.load(name, weights[name] ?? stored(wave(n, ++seed), shape));
  }
  model.finishLoading();
  return model;
}

/** What the engine holds of a weight, as fp32. */
async function held(model: NativeModel, name: string): Promise<Float32Array> {
  model.trainAll();
  const entry = model.trainables().find((t) => t.name === name)!;
  const out = new Float32Array(entry.shape.reduce((product, size) => product * size, 1));
  await model.readTrainables('param', out, entry.offset);
  return out;
}

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

async function golden(file: string, name: string): Promise<Float32Array> {
  const entry = (await readSafetensorsHeader(join(fixtures, file))).tensors.get(name)!;
  const bytes = readFileSync(join(fixtures, file)).subarray(entry.offset, entry.offset + entry.bytes);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function ggufTensor(file: string, name: string, shape: number[], type: StoredType): StoredTensor {
  const path = join(fixtures, 'gguf', file);
  const { offset, bytes } = readGguf(path).tensors.get(name)!;
  return { file: path, offset, bytes, type, shape };
}

describe('GGUF types decode bit for bit as gguf-py does', () => {
  it.each(types)('%s', async (type) => {
    for (const [name, rows, cols] of [
      ['a.weight', 3, 256],
      ['b.weight', 5, 512],
    ] as const) {
      const model = await loaded(decoder(rows, cols), { [embedding]: ggufTensor(`${type}.gguf`, name, [rows, cols], type) });
      expect(bits(await held(model, embedding))).toEqual(bits(await golden('gguf/dequant.safetensors', `${type}/${name}`)));
      model.free();
    }
  });
});

describe("GGUF llama's q and k rows are put back", () => {
  it.each([
    ['attn_q', 'q_proj', 64, 4],
    ['attn_k', 'k_proj', 32, 2],
  ])('%s', async (gguf, hf, rows, heads) => {
    const name = `model.layers.0.self_attn.${hf}.weight`;
    const source = { ...ggufTensor('tiny-llama.gguf', `blk.0.${gguf}.weight`, [rows, 64], 'Q4_1'), permuted_heads: heads };
    const model = await loaded(decoder(10, 64), { [name]: source });
    expect(bits(await held(model, name))).toEqual(bits(await golden('gguf/tiny-llama.safetensors', name)));
    model.free();
  });

  it('a bias too', async () => {
    const name = 'model.layers.0.self_attn.k_proj.bias';
    const interleaved = Float32Array.from({ length: 32 }, (_, i) => i);
    const model = await loaded(decoder(10, 64, { qkv_bias: true }), { [name]: stored(interleaved, [32], { permuted_heads: 2 }) });
    const back = [...(await held(model, name))];
    expect(back.slice(0, 16)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]);
    expect(back.slice(16, 24)).toEqual([16, 18, 20, 22, 24, 26, 28, 30]);
    model.free();
  });
});

it('`add` is added', async () => {
  const values = wave(64, 5);
  const model = await loaded(decoder(10, 64), { 'model.norm.weight': stored(values, [64], { add: -1 }) });
  expect(await held(model, 'model.norm.weight')).toEqual(values.map((v) => Math.fround(v - 1)));
  model.free();
});

it('a tensor of several chunks arrives whole, also as bf16', async () => {
  const [vocab, hidden] = [9001, 132];
  const values = wave(vocab * hidden, 6);
  const source = stored(values, [vocab, hidden]);
  const exact = await loaded(decoder(vocab, hidden), { [embedding]: source });
  expect(Buffer.from((await held(exact, embedding)).buffer).equals(Buffer.from(values.buffer))).toBe(true);
  exact.free();
  const half = await loaded(decoder(vocab, hidden), { [embedding]: source }, { compute_dtype: 'bf16' });
  const rounded = await held(half, embedding);
  expect(rounded.every((v, i) => Math.abs(v - values[i]!) <= Math.abs(values[i]!) / 256 && (bits(rounded)[i]! & 0xffff) === 0)).toBe(true);
  half.free();
});

describe('NF4', () => {
  const name = 'model.layers.0.mlp.down_proj.weight';
  const batch = { input_ids: Int32Array.from([1, 2, 3, 4, 5, 6]), cu_seqlens: Int32Array.from([0, 6]) };

  /** The fixture's tensor [32, 256], its parts put into files. */
  async function fixture(): Promise<{ input: StoredTensor; nested: StoredNf4; plain: StoredNf4 }> {
    const path = join(fixtures, 'bnb-nf4/normal_f32.safetensors');
    const { tensors } = await readSafetensorsHeader(path);
    const part = (key: string) => {
      const { offset, bytes } = tensors.get(key)!;
      return { file: path, offset, bytes };
    };
    const offset = (await golden('bnb-nf4/normal_f32.safetensors', 'nested.offset'))[0]!;
    const common = { nf4: true, shape: [32, 256] as [number, number], blocksize: 64 } as const;
    return {
      input: { ...part('input'), type: 'F32', shape: [32, 256] },
      nested: {
        ...common,
        packed: part('nested.packed'),
        absmax: part('nested.absmax_codes'),
        nested: { absmax: part('nested.absmax2'), map: part('nested.map'), offset, blocksize: 256 },
      },
      plain: { ...common, packed: part('plain.packed'), absmax: part('nested.scale') },
    };
  }

  async function logits(source: WeightSource, quantization: 'nf4' | 'none' = 'none'): Promise<Float32Array> {
    const model = await loaded(decoder(20, 32, { intermediate_size: 256 }), { [name]: source }, { quantization });
    const out = await model.logits(batch);
    model.free();
    return out;
  }

  it('double quantized scales, the same ones in fp32, and those under another map compute the same', async () => {
    const { nested, plain } = await fixture();
    const expected = await logits(nested);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(await logits(plain)).toEqual(expected);

    const map = await golden('bnb-nf4/normal_f32.safetensors', 'nested.map');
    const { file, offset, bytes } = nested.absmax;
    const codes = readFileSync(file).subarray(offset, offset + bytes);
    const reversed: StoredNf4 = {
      ...nested,
      absmax: place(Uint8Array.from(codes, (c) => 255 - c)),
      nested: { ...nested.nested!, map: place(map.toReversed()) },
    };
    expect(await logits(reversed)).toEqual(expected);
  });

  it('computes with the values that bitsandbytes decodes', async () => {
    const { nested } = await fixture();
    const decoded = await golden('bnb-nf4/normal_f32.safetensors', 'nested.dequant_f32');
    const [found, expected] = [await logits(nested), await logits(stored(decoded, [32, 256]))];
    for (let i = 0; i < expected.length; i++) expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(1e-4);
  });

  it('quantizes on load as the fixture was quantized, up to a code of the scales', async () => {
    const { input } = await fixture();
    const decoded = stored(await golden('bnb-nf4/normal_f32.safetensors', 'nearest.dequant_f32'), [32, 256]);
    const quantized = await logits(input, 'nf4');
    const expected = await logits(decoded, 'nf4');
    const unquantized = await logits(input);
    const apart = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0));
    expect(apart(quantized, expected)).toBeLessThan(apart(quantized, unquantized) / 10);
  });

  it.each([
    ['FETTLE_MODEL_UNSUPPORTED', (s: StoredNf4): StoredNf4 => ({ ...s, blocksize: 128 })],
    ['FETTLE_MODEL_UNSUPPORTED', (s: StoredNf4): StoredNf4 => ({ ...s, nested: { ...s.nested!, blocksize: 128 } })],
    ['FETTLE_MODEL_FORMAT', (s: StoredNf4): StoredNf4 => ({ ...s, packed: { ...s.packed, bytes: s.packed.bytes - 1 } })],
    ['FETTLE_MODEL_FORMAT', (s: StoredNf4): StoredNf4 => ({ ...s, absmax: { ...s.absmax, bytes: s.absmax.bytes * 4 } })],
    ['FETTLE_MODEL_FORMAT', (s: StoredNf4): StoredNf4 => ({ ...s, packed: { ...s.packed, offset: 1e9 } })],
    ['FETTLE_MODEL_FORMAT', (s: StoredNf4): StoredNf4 => ({ ...s, nested: { ...s.nested!, map: { ...s.nested!.map, bytes: 512 } } })],
  ])('refuses what it cannot read: %s', async (code, spoil) => {
    const { nested } = await fixture();
    await expect(logits(spoil(nested))).rejects.toMatchObject({ code });
  });
});

describe('a tensor that the file cannot hold is refused', () => {
  it.each([
    ['a missing file', 'FETTLE_FILE_NOT_FOUND', (s: StoredTensor): StoredTensor => ({ ...s, file: join(folder, 'missing') })],
    ['a folder', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, file: folder })],
    ['too few bytes for the shape', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, bytes: s.bytes - 4 })],
    ['past the end', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, offset: s.offset + 4 })],
    ['far past the end', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, offset: 2 ** 53 - 1 })],
    ['rows of part of a block', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, type: 'Q4_K' })],
    ['heads that do not divide the rows', 'FETTLE_MODEL_FORMAT', (s: StoredTensor): StoredTensor => ({ ...s, permuted_heads: 3 })],
    ['another shape than the model has', 'FETTLE_MODEL_INCOMPLETE', (s: StoredTensor): StoredTensor => ({ ...s, shape: [64, 10] })],
  ])('%s: %s', async (_, code, spoil) => {
    const good = stored(wave(640, 1), [10, 64]);
    await expect(loaded(decoder(10, 64), { [embedding]: spoil(good) })).rejects.toMatchObject({ code });
  });
});
