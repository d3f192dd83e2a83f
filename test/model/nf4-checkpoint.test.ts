import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { readSafetensorsFolder } from '../../src/model/safetensors-index.ts';
import { openModel } from '../../src/model/source.ts';
import type { StoredNf4 } from '../../src/native/types.ts';
import { fettleError } from './support/expect-error.ts';
import { safetensorsBytes } from './support/files.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const fixture = fileURLToPath(new URL('../fixtures/bnb-nf4/checkpoint/nf4/', import.meta.url));
const weight = 'model.layers.0.mlp.down_proj.weight';

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** A copy of the checkpoint whose header and data `change` edits. */
function changed(change: (header: Header, data: Buffer) => void): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  cpSync(join(fixture, 'config.json'), join(folder, 'config.json'));
  const bytes = readFileSync(join(fixture, 'model.safetensors'));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Header;
  const data = bytes.subarray(8 + length);
  change(header, data);
  writeFileSync(join(folder, 'model.safetensors'), safetensorsBytes(header, data));
  return folder;
}

/** Overwrites the JSON of a quant_state, padded with spaces to its size. */
function changeState(header: Header, data: Buffer, change: (state: Record<string, unknown>) => void): void {
  const [begin, end] = header[`${weight}.quant_state.bitsandbytes__nf4`]!.data_offsets;
  const state = JSON.parse(data.toString('utf8', begin, end)) as Record<string, unknown>;
  change(state);
  data.fill(' ', begin, end);
  data.write(JSON.stringify(state), begin);
}

it('finds the packed values, the scales and the scales of the scales', async () => {
  const { weights, preQuantized } = await readCheckpoint(await readSafetensorsFolder(fixture));
  expect(preQuantized).toBe(true);
  const stored = weights.get(weight) as StoredNf4;
  expect(stored).toMatchObject({ nf4: true, shape: [64, 192], blocksize: 64 });
  expect(stored.packed.bytes).toBe((64 * 192) / 2);
  expect(stored.absmax.bytes).toBe((64 * 192) / 64);
  expect(stored.nested).toMatchObject({ blocksize: 256, absmax: { bytes: 4 }, map: { bytes: 1024 } });
  expect(stored.nested!.offset).toBeGreaterThan(0);
  expect(weights.get('model.norm.weight')).toMatchObject({ type: 'BF16', shape: [64] });
  expect([...weights.keys()].filter((name) => /absmax|quant/.test(name))).toEqual([]);
});

it('the carrier type of the packed bytes (bnb_4bit_quant_storage) does not matter', async () => {
  const plain = (await readCheckpoint(await readSafetensorsFolder(fixture))).weights.get(weight) as StoredNf4;
  const folder = changed((header) => {
    header[weight] = { ...header[weight]!, dtype: 'BF16', shape: [header[weight]!.shape[0]! / 2, 1] };
  });
  const stored = (await readCheckpoint(await readSafetensorsFolder(folder))).weights.get(weight) as StoredNf4;
  expect(stored.packed.bytes).toBe(plain.packed.bytes);
});

it('scales that are not quantized are fp32', async () => {
  const tensors = await readSafetensorsFolder(
    changed((header, data) => {
      changeState(header, data, (state) => {
        delete state.nested_offset;
        delete state.nested_blocksize;
      });
    }),
  );
  const absmax = tensors.get(`${weight}.absmax`)!;
  tensors.set(absmax.name, { ...absmax, dtype: 'F32', bytes: 4 * absmax.bytes });
  const stored = (await readCheckpoint(tensors)).weights.get(weight) as StoredNf4;
  expect(stored.nested).toBeUndefined();
  expect(stored.absmax.bytes).toBe(4 * 192);
});

it.each<[string, (header: Header, data: Buffer) => void]>([
  ['another code book', (header, data) => data.writeFloatLE(-0.5, header[`${weight}.quant_map`]!.data_offsets[0] + 4)],
  ['blocks of 128', (header, data) => changeState(header, data, (state) => Object.assign(state, { blocksize: 128 }))],
  ['quant_type fp4', (header, data) => changeState(header, data, (state) => Object.assign(state, { quant_type: 'fp4' }))],
  [
    'a state named fp4',
    (header) => {
      const state = `${weight}.quant_state.bitsandbytes__`;
      header[`${state}fp4`] = header[`${state}nf4`]!;
      delete header[`${state}nf4`];
    },
  ],
])('%s is FETTLE_MODEL_UNSUPPORTED', async (_, change) => {
  const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => openModel(changed(change)));
  expect(error.problems[0]?.file).toContain('model.safetensors');
});

it.each<[string, (header: Header, data: Buffer) => void, RegExp]>([
  [
    'a state that is no JSON',
    (header, data) => data.fill(0x7b, ...header[`${weight}.quant_state.bitsandbytes__nf4`]!.data_offsets),
    /JSON/,
  ],
  [
    'a shape that does not fit',
    (header, data) => changeState(header, data, (state) => Object.assign(state, { shape: [64, 190] })),
    /bytes/,
  ],
  ['a shape of one number', (header, data) => changeState(header, data, (state) => Object.assign(state, { shape: [64] })), /shape/],
  [
    'scales of another type',
    (header) => {
      header[`${weight}.absmax`] = { ...header[`${weight}.absmax`]!, dtype: 'I8' };
    },
    /192 bytes of U8/,
  ],
])('%s is FETTLE_MODEL_FORMAT', async (_, change, message) => {
  const error = await fettleError('FETTLE_MODEL_FORMAT', () => openModel(changed(change)));
  expect(error.message).toMatch(message);
});

it.each([
  ['gptq', { quant_method: 'gptq', bits: 4 }],
  ['8-bit', { quant_method: 'bitsandbytes', load_in_8bit: true }],
  ['fp4', { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'fp4' }],
])('a config that says %s is FETTLE_MODEL_UNSUPPORTED', async (_, quantization_config) => {
  const folder = changed(() => undefined);
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, quantization_config }));
  const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => openModel(folder));
  expect(error.problems[0]?.field).toContain('quantization_config');
});
