import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import { fettleError } from './support/expect-error.ts';
import { safetensorsBytes } from './support/files.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const data = new Uint8Array(24);
const two = {
  a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  b: { dtype: 'BF16', shape: [4], data_offsets: [16, 24] },
};

function write(bytes: Uint8Array): string {
  const file = join(temporaryFolder(), 'model.safetensors');
  writeFileSync(file, bytes);
  return file;
}

describe('a good header', () => {
  it('gives each tensor its type, shape and place in the file', async () => {
    const bytes = safetensorsBytes({ __metadata__: { format: 'pt' }, ...two }, data);
    const { tensors, metadata, fileBytes } = await readSafetensorsHeader(write(bytes));
    const start = bytes.length - data.length;
    expect(fileBytes).toBe(bytes.length);
    expect(metadata).toEqual(new Map([['format', 'pt']]));
    expect(tensors.get('a')).toEqual({ name: 'a', dtype: 'F32', shape: [2, 2], offset: start, bytes: 16 });
    expect(tensors.get('b')).toEqual({ name: 'b', dtype: 'BF16', shape: [4], offset: start + 16, bytes: 8 });
  });

  it('may be padded with spaces, hold scalars, empty tensors and no tensors at all', async () => {
    const odd = { s: { dtype: 'F64', shape: [], data_offsets: [0, 8] }, e: { dtype: 'I8', shape: [0, 9], data_offsets: [8, 8] } };
    expect((await readSafetensorsHeader(write(safetensorsBytes(`${JSON.stringify(odd)}   `, new Uint8Array(8))))).tensors.size).toBe(2);
    expect((await readSafetensorsHeader(write(safetensorsBytes({})))).tensors.size).toBe(0);
  });

  it('may use names that are special to JavaScript', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const fields = names.map((name) => `${JSON.stringify(name)}:{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
    const { tensors } = await readSafetensorsHeader(write(safetensorsBytes(`{${fields.join(',')}}`)));
    expect([...tensors.keys()]).toEqual(names);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
});

describe('a header that lies is FETTLE_MODEL_FORMAT and names the file and the tensor', () => {
  const tensor = (fields: object) => ({ a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16], ...fields } });
  const sixteen = new Uint8Array(16);
  const cases: [what: string, bytes: Buffer, message: RegExp][] = [
    ['an empty file', Buffer.alloc(0), /end of the file/],
    ['seven bytes', Buffer.alloc(7), /end of the file/],
    ['a header longer than the file', safetensorsBytes(two, data, 5000n), /5000 bytes/],
    ['a header length of 2^63', safetensorsBytes(two, data, 2n ** 63n), /at most 100000000/],
    ['a length that cuts the JSON', safetensorsBytes(two, data, 10n), /JSON header/],
    ['bytes that are not UTF-8', Buffer.concat([safetensorsBytes('', new Uint8Array(0), 2n), Buffer.of(0xff, 0xfe)]), /UTF-8/],
    ['a list', safetensorsBytes([]), /JSON object/],
    ['a tensor twice', safetensorsBytes('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}'), /"a".*once/],
    ['nesting without end', safetensorsBytes('['.repeat(1e6)), /nested/],
    ['an unknown dtype', safetensorsBytes(tensor({ dtype: 'F31' }), sixteen), /"a".*dtype/],
    ['a dtype of JavaScript', safetensorsBytes(tensor({ dtype: 'constructor' }), sixteen), /dtype/],
    ['a negative size', safetensorsBytes(tensor({ shape: [-2, -2] }), sixteen), /shape/],
    ['a size that is no whole number', safetensorsBytes(tensor({ shape: [2.5, 2] }), sixteen), /shape/],
    ['a size beyond 2^53', safetensorsBytes(tensor({ shape: [2 ** 60, 2] }), sixteen), /shape/],
    ['a product that overflows', safetensorsBytes(tensor({ shape: [2 ** 40, 2 ** 40, 2 ** 40] }), sixteen), /bytes for F32/],
    ['fewer bytes than the shape needs', safetensorsBytes(tensor({ shape: [2, 3] }), sixteen), /expected 24 bytes.*found 16/],
    ['offsets the wrong way round', safetensorsBytes(tensor({ data_offsets: [16, 0] }), sixteen), /offsets/],
    ['offsets beyond the file', safetensorsBytes(tensor({}), new Uint8Array(8)), /inside the file's 8 bytes/],
    ['three offsets', safetensorsBytes(tensor({ data_offsets: [0, 8, 16] }), sixteen), /data_offsets/],
    ['overlapping tensors', safetensorsBytes({ ...two, b: { ...two.b, data_offsets: [8, 16] } }, sixteen), /"b".*overlaps/],
    [
      'a hole between tensors',
      safetensorsBytes({ ...two, b: { ...two.b, data_offsets: [20, 28] } }, new Uint8Array(28)),
      /hole of 4 bytes/,
    ],
    ['bytes after the last tensor', safetensorsBytes(two, new Uint8Array(30)), /expected 24 bytes of data, found 30/],
    ['metadata that are no strings', safetensorsBytes({ __metadata__: { a: 1 } }), /string/],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    const file = write(bytes);
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => readSafetensorsHeader(file));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
    expect(error.problems[0]?.file).toBe(file);
  });
});

it('a file that is not there, or is a folder, is FETTLE_FILE_NOT_FOUND', async () => {
  const folder = temporaryFolder();
  await fettleError('FETTLE_FILE_NOT_FOUND', () => readSafetensorsHeader(join(folder, 'none.safetensors')));
  await fettleError('FETTLE_FILE_NOT_FOUND', () => readSafetensorsHeader(folder));
});
