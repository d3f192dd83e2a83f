import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDurably } from '../../src/atomic-file.ts';
import { FettleError } from '../../src/errors.ts';
import { originWarnings } from '../../src/export/adapter-origin.ts';
import { attachAdapter, readAdapter } from '../../src/export/peft-reader.ts';
import { peftWriter } from '../../src/export/peft-writer.ts';
import { streamSafetensors } from '../../src/export/safetensors-stream.ts';
import { saveParameters } from '../../src/train/trainable-file.ts';
import { FakeNative } from '../train/fake-native.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

const lora = { r: 2, lora_alpha: 4, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'] };
const origin = {
  base: { name: 'someone/base', hash: 'h' },
  quantization: 'nf4' as const,
  compute_dtype: 'bf16' as const,
  tokenizer_hash: 't',
  chat_template_hash: 'c',
};
const prefix = 'base_model.model.model.layers.0.self_attn.q_proj';

async function savedAdapter(): Promise<{ path: string; native: FakeNative }> {
  const native = new FakeNative();
  native.addLora({ ...lora, seed: 3 });
  const values = Float32Array.from({ length: native.trainableSize }, (_, i) => Math.sin(i));
  await native.writeTrainables('param', values);
  const path = temporaryFolder();
  const writer = peftWriter({ lora, base_model: 'someone/base', origin, settings: { learning_rate: 0.1 } });
  await writer.write(path, { step: 5, eval_loss: 1.5 }, (file) => saveParameters(native, file, writer.nameInFile));
  return { path, native };
}

type Tensors = Record<string, { shape: number[]; values: Float32Array }>;

async function adapterWith(change: (tensors: Tensors) => void): Promise<string> {
  const { path } = await savedAdapter();
  const tensors: Tensors = {
    [`${prefix}.lora_A.weight`]: { shape: [2, 16], values: new Float32Array(32).fill(0.5) },
    [`${prefix}.lora_B.weight`]: { shape: [16, 2], values: new Float32Array(32).fill(0.25) },
  };
  change(tensors);
  const list = Object.entries(tensors).map(([name, { shape, values }]) => ({ name, shape, pieces: () => [values] }));
  await writeDurably(join(path, 'adapter_model.safetensors'), (file) => streamSafetensors(file, list, {}));
  return path;
}

async function failure(path: string, purpose: 'use' | 'train' = 'use'): Promise<FettleError> {
  const native = new FakeNative();
  try {
    await attachAdapter(native, await readAdapter(path), { purpose });
  } catch (error) {
    expect(native.trainables(), 'a refused adapter leaves the model as it was').toEqual([]);
    if (error instanceof FettleError) return error;
    throw error;
  }
  throw new Error('expected the adapter to be refused');
}

function editConfig(path: string, change: Record<string, unknown>): void {
  const file = join(path, 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
}

test('a saved adapter loads with the same values', async () => {
  const { path, native } = await savedAdapter();
  const again = new FakeNative();
  await attachAdapter(again, await readAdapter(path), { purpose: 'use' });
  const read = async (model: FakeNative) => {
    const values = new Float32Array(model.trainableSize);
    await model.readTrainables('param', values);
    return values;
  };
  expect(await read(again)).toEqual(await read(native));
});

test('the config has the names that PEFT reads, the card the base, and nothing tells the time', async () => {
  const { path } = await savedAdapter();
  const config: unknown = JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'));
  expect(config).toMatchObject({
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    r: 2,
    lora_alpha: 4,
    target_modules: ['q_proj'],
    base_model_name_or_path: 'someone/base',
    use_rslora: false,
    bias: 'none',
  });
  const card = readFileSync(join(path, 'README.md'), 'utf8');
  expect(card).toContain('base_model: someone/base');
  expect(card).toContain('validation loss 1.5000');
  const other = (await savedAdapter()).path;
  for (const name of ['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'fettle.json']) {
    expect(readFileSync(join(other, name)).equals(readFileSync(join(path, name)))).toBe(true);
  }
});

test.each<[string, (tensors: Tensors) => void, RegExp]>([
  [
    'empty',
    (t) => {
      for (const name of Object.keys(t)) delete t[name];
    },
    /empty file/,
  ],
  ['half', (t) => delete t[`${prefix}.lora_B.weight`], /lora_B\.weight: is missing/],
  ['NaN', (t) => t[`${prefix}.lora_B.weight`]!.values.fill(Number.NaN, 7, 8), /found NaN at 7/],
  ['infinite', (t) => t[`${prefix}.lora_A.weight`]!.values.fill(Number.POSITIVE_INFINITY, 1), /found Infinity at 1/],
  [
    'of another rank',
    (t) => Object.assign(t[`${prefix}.lora_A.weight`]!, { shape: [4, 16], values: new Float32Array(64) }),
    /\[2, 16\], found \[4, 16\]/,
  ],
  [
    'with a stray tensor',
    (t) => Object.assign(t, { 'base_model.model.lm_head.lora_A.weight': { shape: [1], values: new Float32Array(1) } }),
    /lm_head.*finds no place/,
  ],
  ['without effect', (t) => t[`${prefix}.lora_B.weight`]!.values.fill(0), /changes nothing/],
])('an adapter that is %s is an error', async (_, change, message) => {
  const error = await failure(await adapterWith(change));
  expect(error.code).toBe('FETTLE_ADAPTER');
  expect(error.message).toMatch(message);
});

test('every bad tensor is listed at once', async () => {
  const path = await adapterWith((tensors) => {
    delete tensors[`${prefix}.lora_B.weight`];
    tensors[`${prefix}.lora_A.weight`]!.values.fill(Number.NaN);
    tensors.stray = { shape: [1], values: new Float32Array(1) };
  });
  expect((await failure(path)).problems.map(({ field }) => field).sort()).toEqual([
    `${prefix}.lora_A.weight`,
    `${prefix}.lora_B.weight`,
    'stray',
  ]);
});

test('an adapter without effect is a valid start for training', async () => {
  const path = await adapterWith((tensors) => tensors[`${prefix}.lora_B.weight`]!.values.fill(0));
  const native = new FakeNative();
  await attachAdapter(native, await readAdapter(path), { purpose: 'train' });
  expect(native.trainables()).toHaveLength(2);
});

test.each([
  ['rank_pattern', { q_proj: 8 }],
  ['alpha_pattern', { q_proj: 8 }],
  ['modules_to_save', ['lm_head']],
  ['use_dora', true],
  ['bias', 'all'],
  ['lora_bias', true],
  ['peft_type', 'PREFIX_TUNING'],
  ['task_type', 'SEQ_CLS'],
  ['init_lora_weights', 'pissa'],
  ['fan_in_fan_out', true],
  ['a_key_of_tomorrow', 3],
  ['r', 0],
])('%s %j is an error that names the key', async (key, value) => {
  const { path } = await savedAdapter();
  editConfig(path, { [key]: value });
  await expect(readAdapter(path)).rejects.toMatchObject({ code: 'FETTLE_ADAPTER', problems: [{ field: key }] });
});

test('keys of other PEFT versions that are switched off are no error', async () => {
  const { path } = await savedAdapter();
  editConfig(path, { velora_config: null, use_bdlora: false, layer_replication: [], peft_version: '9', eva_config: { a: 1 } });
  expect((await readAdapter(path)).config.r).toBe(2);
});

test.each([[['model.layers.0.self_attn.q_proj']], ['all-linear'], ['.*\\.(q|v)_proj']])(
  'target_modules %j finds the linear',
  async (target_modules) => {
    const { path } = await savedAdapter();
    editConfig(path, { target_modules });
    await attachAdapter(new FakeNative(), await readAdapter(path), { purpose: 'use' });
  },
);

test('target_modules of another model is an error', async () => {
  const { path } = await savedAdapter();
  editConfig(path, { target_modules: ['c_attn'] });
  expect((await failure(path)).message).toMatch(/none of them/);
});

test('a missing folder, missing weights and pickled weights are errors', async () => {
  await expect(readAdapter('/nowhere/at/all')).rejects.toMatchObject({
    code: 'FETTLE_FILE_NOT_FOUND',
    hint: expect.stringContaining('adapter_config.json'),
  });
  const { path } = await savedAdapter();
  await rm(join(path, 'adapter_model.safetensors'));
  await expect(readAdapter(path)).rejects.toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND' });
  writeFileSync(join(path, 'adapter_model.bin'), '');
  await expect(readAdapter(path)).rejects.toMatchObject({ hint: expect.stringContaining('safe_serialization') });
});

test('a file that was cut off is an error', async () => {
  const { path } = await savedAdapter();
  const file = join(path, 'adapter_model.safetensors');
  writeFileSync(file, readFileSync(file).subarray(0, -8));
  expect((await failure(path)).code).toBe('FETTLE_MODEL_FORMAT');
});

test('what differs from the base that the adapter was trained on is told', () => {
  expect(originWarnings(null, origin)).toEqual([]);
  expect(originWarnings(origin, origin)).toEqual([]);
  expect(originWarnings(origin, { ...origin, quantization: 'none' })).toEqual([expect.stringContaining('quantization nf4')]);
});

test('half and bfloat16 adapters load', async () => {
  const { path } = await savedAdapter();
  const shapes = { lora_A: [2, 16], lora_B: [16, 2] };
  for (const [dtype, bits] of [
    ['F16', 0x3800],
    ['BF16', 0x3f00],
  ] as const) {
    const header: Record<string, unknown> = {};
    for (const [i, [name, shape]] of Object.entries(shapes).entries()) {
      header[`${prefix}.${name}.weight`] = { dtype, shape, data_offsets: [64 * i, 64 * (i + 1)] };
    }
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    await mkdir(path, { recursive: true });
    writeFileSync(
      join(path, 'adapter_model.safetensors'),
      Buffer.concat([length, json, Buffer.from(new Uint16Array(64).fill(bits).buffer)]),
    );
    const native = new FakeNative();
    await attachAdapter(native, await readAdapter(path), { purpose: 'use' });
    const values = new Float32Array(native.trainableSize);
    await native.readTrainables('param', values);
    expect([...values]).toEqual(Array.from({ length: 64 }, () => 0.5));
  }
});
