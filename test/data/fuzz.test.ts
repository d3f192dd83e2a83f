/** Mutated data files: whatever the bytes, rows or a coded error, never a crash or a hang. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { FettleError } from '../../src/errors.ts';
import { folder } from './support/write-data.ts';

const rounds = process.env.FETTLE_SLOW === '1' ? 100_000 : 1_000;

const rows = [
  { instruction: 'do "it"', input: 'ü 😀', output: 'ok\nthen', system: 's', history: [['q', 'a']] },
  { instruction: 'b', output: 'c' },
];
const chat = {
  messages: [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b', weight: 1 },
  ],
};
const seeds: [string, Buffer][] = [
  ['jsonl', Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))],
  ['jsonl', Buffer.from(`${JSON.stringify(chat)}\r\n${JSON.stringify(chat)}\r\n`)],
  ['json', Buffer.from(JSON.stringify([...rows, { conversations: [{ from: 'human', value: 'x' }] }], null, 1))],
  ['jsonl', Buffer.from('{"input_ids":[1,2,3],"labels":[-100,2,3]}\n')],
  ['csv', Buffer.from('\uFEFFprompt,completion\na,"b ""x"""\n"multi\nline",d\n')],
  ['tsv', Buffer.from('prompt\tmessages\na\t[{"role":"user"}]\n')],
  [
    'parquet',
    Buffer.from(
      parquetWriteBuffer({
        columnData: [
          { name: 'text', data: ['a', 'bb', 'ccc'], type: 'STRING' },
          { name: 'n', data: [1n, 2n, 3n], type: 'INT64' },
        ],
      }),
    ),
  ],
  ['jsonl', gzipSync('{"text":"a"}')],
];
const pieces = [
  '\0',
  '\uFEFF',
  '"',
  '{',
  '[',
  ']',
  '}',
  '\n',
  '\r\n',
  ',',
  '\\u0000',
  '\\',
  '\xff',
  'null',
  '[['.repeat(80),
  'PAR1',
  '\uD800',
  '{"__proto__":1}',
  '1e999',
];

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return state % below;
  };
}

function mutate(bytes: Buffer, next: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let edits = 1 + next(4); edits > 0; edits--) {
    const at = next(out.length + 1);
    switch (next(5)) {
      case 0:
        if (at < out.length) out[at] = next(256);
        break;
      case 1:
        out = out.subarray(0, at);
        break;
      case 2:
        out = Buffer.concat([
          out.subarray(0, at),
          Buffer.from(pieces[next(pieces.length)]!, next(2) ? 'utf8' : 'latin1'),
          out.subarray(at),
        ]);
        break;
      case 3:
        out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + 1 + next(20)))]);
        break;
      default:
        out = Buffer.concat([out, out.subarray(at)]).subarray(0, 4096);
    }
  }
  return out;
}

test(`${rounds} mutated files`, { timeout: rounds * 150 + 60_000 }, async () => {
  for (let round = 0; round < rounds; round++) {
    const next = generator(round);
    const [extension, seed] = seeds[next(seeds.length)]!;
    const path = join(folder, `mutated.${extension}`);
    const bytes = mutate(seed, next);
    writeFileSync(path, bytes);
    try {
      if (round % 16 === 0) for await (const found of checkDataset(path)) expect(found).toBeTypeOf('object');
      const { rows: loaded } = await loadDataset(path);
      expect(loaded.length).toBeGreaterThan(0);
      for (const row of loaded) expect(row.hash).toMatch(/^[0-9a-f]{64}$/);
    } catch (error) {
      if (!(error instanceof FettleError) || !error.code.startsWith('FETTLE_DATA')) {
        throw new Error(`round ${round}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
      }
    }
  }
});
