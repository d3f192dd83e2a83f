import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGguf } from '../../src/model/gguf.ts';
import { fettleError } from './support/expect-error.ts';
import { type GgufTensorToWrite, ggufBytes } from './support/files.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const fixtures = fileURLToPath(new URL('../fixtures/gguf/', import.meta.url));
const metadata = {
  'general.architecture': 'llama',
  count: { u32: 7 },
  big: { u64: 2n ** 60n },
  eps: { f32: 0.5 },
  flag: { bool: true },
  names: ['a', 'bé'],
  types: { i32s: [1, 2, 3] },
};
const tensors: GgufTensorToWrite[] = [
  { name: 'a.weight', shape: [2, 3], data: new Uint8Array(24) },
  { name: 'b.weight', shape: [5], data: new Uint8Array(20) },
];

function write(bytes: Uint8Array): string {
  const file = join(temporaryFolder(), 'model.gguf');
  writeFileSync(file, bytes);
  return file;
}

/** The file's bytes with the little-endian u32 or u64 at `at` replaced. */
function patched(bytes: Buffer, at: number, value: number | bigint): Buffer {
  const copy = Buffer.from(bytes);
  if (typeof value === 'bigint') copy.writeBigUInt64LE(value, at);
  else copy.writeUInt32LE(value, at);
  return copy;
}

describe('a good file', () => {
  it('gives metadata by type, and tensors by place', () => {
    const bytes = ggufBytes(metadata, tensors);
    const header = readGguf(write(bytes));
    expect(Object.fromEntries(header.metadata)).toEqual({
      'general.architecture': 'llama',
      count: 7,
      big: 2n ** 60n,
      eps: 0.5,
      flag: true,
      names: ['a', 'bé'],
      types: [1, 2, 3],
    });
    expect(header.tensors.get('a.weight')).toEqual({ name: 'a.weight', type: 'F32', shape: [2, 3], offset: bytes.length - 64, bytes: 24 });
    expect(header.tensors.get('b.weight')).toMatchObject({ shape: [5], offset: bytes.length - 32, bytes: 20 });
  });

  it('may be of version 2 and have another alignment', () => {
    const bytes = patched(ggufBytes({ 'general.alignment': { u32: 64 } }, tensors, 64), 4, 2);
    expect(readGguf(write(bytes)).tensors.get('b.weight')?.offset).toBe(bytes.length - 64);
  });

  it.each(readdirSync(fixtures).filter((name) => name.endsWith('.gguf')))('%s: every tensor lies inside the file', (name) => {
    const header = readGguf(join(fixtures, name));
    expect(header.tensors.size).toBeGreaterThan(0);
    for (const { offset, bytes } of header.tensors.values()) expect(offset + bytes).toBeLessThanOrEqual(header.fileBytes);
    const { type } = header.tensors.get('a.weight') ?? {};
    if (type) expect(`${type}.gguf`).toBe(name);
  });
});

describe('a header that lies is FETTLE_MODEL_FORMAT and names the file', () => {
  const good = ggufBytes(metadata, tensors);
  const cases: [what: string, bytes: Buffer, message: RegExp][] = [
    ['an empty file', Buffer.alloc(0), /4 more bytes/],
    ['another kind of file', Buffer.from('PK\x03\x04 and so on, a zip'), /begins with "GGUF"/],
    ['a number of tensors beyond reason', patched(good, 8, 2n ** 63n), /number of tensors/],
    ['more tensors than there are', patched(good, 8, 3n), /expected/],
    ['a number of keys beyond reason', patched(good, 16, 2n ** 40n), /number of metadata keys/],
    ['a key length beyond the file', patched(good, 24, 2n ** 62n), /length of a metadata key/],
    ['an unknown value type', ggufBytes({ a: { u32: 1 } }).fill(13, 33, 34), /value type/],
    ['a cut in the metadata', good.subarray(0, 60), /cut off|more bytes|at most/],
    ['a cut in the data', good.subarray(0, good.length - 40), /expected 20 bytes/],
    ['an alignment that is no power of two', ggufBytes({ 'general.alignment': { u32: 48 } }, tensors, 48), /power of two/],
    ['an alignment of zero', ggufBytes({ 'general.alignment': { u32: 0 } }, tensors), /power of two/],
    ['five dimensions', ggufBytes({}, [{ name: 'a', shape: [1, 1, 1, 1, 1], data: new Uint8Array(4) }]), /at most 4 dimensions/],
    ['rows that are no whole blocks', ggufBytes({}, [{ name: 'a', shape: [2, 33], type: 8, data: new Uint8Array(68) }]), /multiple of 32/],
    [
      'a tensor larger than the file',
      ggufBytes({}, [{ name: 'a', shape: [1000, 8], data: new Uint8Array(8) }]),
      /fits the file|expected 32000/,
    ],
    [
      'sizes whose product overflows',
      ggufBytes({}, [{ name: 'a', shape: [900, 900, 900, 900], data: new Uint8Array(64) }]),
      /fits the file/,
    ],
    ['the same tensor twice', ggufBytes({}, [tensors[0]!, tensors[0]!]), /once/],
    ['an offset that is not aligned', ggufBytes({}, [{ ...tensors[0]!, offset: 1 }]), /multiple of 32/],
    ['overlapping tensors', ggufBytes({}, [tensors[0]!, { ...tensors[1]!, offset: 0 }]), /where the tensor before ends/],
    ['an offset beyond the file', ggufBytes({}, [tensors[0]!, { ...tensors[1]!, offset: 4096 }]), /offset|found a file of/],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    const file = write(bytes);
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => readGguf(file));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
  });
});

it('nested arrays end at a depth', async () => {
  const nested = Buffer.concat(Array.from({ length: 40 }, () => Buffer.from([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])));
  const bytes = Buffer.concat([ggufBytes({ a: { u32: 0 } }).subarray(0, 33), Buffer.from([9, 0, 0, 0]), nested]);
  const error = await fettleError('FETTLE_MODEL_FORMAT', () => readGguf(write(bytes)));
  expect(error.message).toContain('nested');
});

it('an array that promises more than the file holds is refused before it is read', async () => {
  const bytes = ggufBytes({ types: { i32s: [1] } });
  // magic, version, counts; key; value type, element type: then the length
  const lengthAt = 24 + 8 + 5 + 4 + 4;
  const started = performance.now();
  const error = await fettleError('FETTLE_MODEL_FORMAT', () => readGguf(write(patched(bytes, lengthAt, 2n ** 50n))));
  expect(error.message).toContain('length of "types"');
  expect(performance.now() - started).toBeLessThan(1000);
});

it.each([
  ['version 1', patched(ggufBytes({}), 4, 1), /version 1/],
  ['a big-endian file', patched(ggufBytes({}), 4, 0x03000000), /big-endian/],
  [
    'a type that fettle does not read',
    ggufBytes({}, [{ name: 'a', shape: [256], type: 10, data: new Uint8Array(84) }]),
    /Q6_K.*found Q2_K/,
  ],
])('%s is FETTLE_MODEL_UNSUPPORTED', async (_, bytes, message) => {
  const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => readGguf(write(bytes)));
  expect(error.message).toMatch(message);
});

it('the front part alone is enough: the data are not read', () => {
  const bytes = readFileSync(join(fixtures, 'F32.gguf'));
  const header = readGguf(write(bytes));
  const first = Math.min(...[...header.tensors.values()].map((tensor) => tensor.offset));
  const other = Buffer.from(bytes);
  other.fill(0xff, first);
  expect(readGguf(write(other)).tensors).toEqual(header.tensors);
});
