import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/dataset.ts';
import type { FettleError } from '../../src/errors.ts';
import { dataFile, folder } from './support/write-data.ts';

const pairs = [
  { prompt: 'a', completion: 'one' },
  { prompt: 'b "quoted", with comma', completion: 'two\nlines' },
  { prompt: 'ü 😀', completion: 'drei' },
];
const jsonl = pairs.map((pair) => JSON.stringify(pair)).join('\n');

async function failure(path: string): Promise<FettleError> {
  return loadDataset(path).then(
    () => Promise.reject(new Error('expected an error')),
    (error: FettleError) => error,
  );
}

const lines = async (path: string) => (await loadDataset(path)).rows.map((row) => row.line);
const contents = async (path: string) =>
  (await loadDataset(path)).rows.map((row) => row.kind === 'chat' && row.turns.map((turn) => turn.content));
const expected = pairs.map((pair) => [pair.prompt, pair.completion]);

describe('the same rows from every format', () => {
  const csv = 'prompt,completion\na,one\n"b ""quoted"", with comma","two\nlines"\nü 😀,drei\n';
  const column = (name: 'prompt' | 'completion') => ({ name, data: pairs.map((pair) => pair[name]), type: 'STRING' as const });
  const parquet = new Uint8Array(parquetWriteBuffer({ columnData: [column('prompt'), column('completion')] }));

  test.each([
    ['JSON Lines', jsonl, 'jsonl', [1, 2, 3]],
    ['a byte order mark', `\uFEFF${jsonl}`, 'jsonl', [1, 2, 3]],
    ['CRLF', jsonl.replaceAll('\n', '\r\n'), 'jsonl', [1, 2, 3]],
    ['blank lines', `\n${jsonl}\n  \n\n`, 'jsonl', [2, 3, 4]],
    ['a JSON array', JSON.stringify(pairs, null, 2), 'json', [2, 6, 10]],
    ['a JSON array on one line, with a mark', `\uFEFF${JSON.stringify(pairs)}\n`, 'json', [1, 1, 1]],
    ['an array named .jsonl', JSON.stringify(pairs), 'jsonl', [1, 1, 1]],
    ['CSV', csv, 'csv', [2, 3, 5]],
    ['CSV with a mark and CRLF', `\uFEFF${csv.replaceAll('\n', '\r\n')}`, 'csv', [2, 3, 5]],
    ['CSV with semicolons', 'prompt;completion\na;one\n"b ""quoted"", with comma";"two\nlines"\nü 😀;drei', 'csv', [2, 3, 5]],
    ['TSV', 'prompt\tcompletion\na\tone\n"b ""quoted"", with comma"\t"two\nlines"\nü 😀\tdrei', 'tsv', [2, 3, 5]],
    ['Parquet', parquet, 'parquet', [1, 2, 3]],
    ['Parquet under another name', parquet, 'bin', [1, 2, 3]],
  ])('%s', async (_name, content, extension, numbers) => {
    const path = dataFile(content, extension);
    expect(await contents(path)).toEqual(expected);
    expect(await lines(path)).toEqual(numbers);
  });

  test('Parquet with nested columns', async () => {
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'yo' },
    ];
    const buffer = parquetWriteBuffer({
      columnData: [{ name: 'messages', data: [messages] }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'messages', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', num_children: 2 },
        { name: 'role', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
        { name: 'content', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      ],
    });
    expect(await contents(dataFile(new Uint8Array(buffer), 'parquet'))).toEqual([['hi', 'yo']]);
  });
});

describe('what is no data', () => {
  const utf16 = Buffer.from(jsonl, 'utf16le');

  test.each([
    ['empty', '', 'jsonl', 'FETTLE_DATA_EMPTY'],
    ['only blank lines', '\n \r\n\n', 'jsonl', 'FETTLE_DATA_EMPTY'],
    ['only a byte order mark', '\uFEFF', 'jsonl', 'FETTLE_DATA_EMPTY'],
    ['an empty array', '[ ]\n', 'json', 'FETTLE_DATA_EMPTY'],
    ['a header without rows', 'prompt,completion\n', 'csv', 'FETTLE_DATA_EMPTY'],
    ['UTF-16 with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), 'jsonl', 'FETTLE_DATA_ENCODING'],
    ['UTF-16 without a mark', utf16, 'jsonl', 'FETTLE_DATA_ENCODING'],
    ['big-endian UTF-16', Buffer.from(utf16).swap16(), 'csv', 'FETTLE_DATA_ENCODING'],
    ['gzip', gzipSync(jsonl), 'jsonl', 'FETTLE_DATA_ENCODING'],
    ['another kind of file', 'hello world', 'txt', 'FETTLE_DATA_FORMAT'],
    ['a cut Parquet file', 'PAR1abcdefgh', 'parquet', 'FETTLE_DATA'],
    ['rows of no known shape', '{"a":1}\n{"b":2}\n', 'jsonl', 'FETTLE_DATA_FORMAT'],
    ['no objects', '1\n"x"\nnull\n', 'jsonl', 'FETTLE_DATA'],
  ])('%s', async (_name, content, extension, code) => {
    const path = dataFile(content, extension);
    const error = await failure(path);
    expect(error.code).toBe(code);
    expect(error.problems[0]!.file).toBe(path);
  });

  test('a folder', async () => expect((await failure(folder)).code).toBe('FETTLE_DATA_FORMAT'));

  test('a missing file, with the near one', async () => {
    const path = dataFile(pairs);
    const error = await failure(path.replace('.jsonl', '.jsnl'));
    expect(error.code).toBe('FETTLE_FILE_NOT_FOUND');
    expect(error.hint).toContain(path);
  });

  test.skipIf(process.getuid?.() === 0)('no permission', async () => {
    const path = dataFile(pairs);
    chmodSync(path, 0);
    expect((await failure(path)).code).toBe('FETTLE_PERMISSION');
  });

  test('a path through a file', async () => {
    mkdirSync(join(folder, 'sub'), { recursive: true });
    expect((await failure(join(dataFile(pairs), 'x.jsonl'))).code).toBe('FETTLE_FILE_NOT_FOUND');
  });
});

describe('bad places, all at once', () => {
  const where = (error: FettleError) => error.problems.map(({ line, field }) => (field === undefined ? line : `${line}:${field}`));

  test('invalid UTF-8: line and byte offset', async () => {
    const error = await failure(
      dataFile(Buffer.concat([Buffer.from('{"prompt":"a","completion":"b"}\n{"prompt":"h'), Buffer.from([0xe9]), Buffer.from('"}\n')])),
    );
    expect(error.code).toBe('FETTLE_DATA_ENCODING');
    expect(where(error)).toEqual([2]);
    expect(error.message).toContain('at byte 44');
  });

  test('a NUL byte', async () => {
    const error = await failure(dataFile('{"prompt":"a","completion":"b"}\n{"prompt":"a\0"}\n'));
    expect([error.code, where(error)]).toEqual(['FETTLE_DATA_ENCODING', [2]]);
  });

  test('broken JSON, a missing field, an empty answer, another shape', async () => {
    const path = dataFile(
      '{"prompt":"a","completion":"b"}\n{"prompt":"a"\n{"prompt":"c"}\n{"prompt":"d","completion":" "}\n{"text":"e"}\n{"prompt":1,"completion":2}\n',
    );
    const error = await failure(path);
    expect(error.code).toBe('FETTLE_DATA');
    expect(where(error)).toEqual([2, '3:completion', '4:completion', 5, '6:prompt', '6:completion']);
    expect(error.problems.every((problem) => problem.message.startsWith('expected'))).toBe(true);
  });

  test('only other shapes: the format is at fault', async () => {
    const error = await failure(dataFile([{ text: 'a' }, { text: 'b' }, { instruction: 'a', output: 'b' }, { messages: [] }]));
    expect([error.code, where(error)]).toEqual(['FETTLE_DATA_FORMAT', [3, 4]]);
  });

  test('a format that was asked for and is not there', async () => {
    const path = dataFile(pairs);
    await expect(loadDataset(path, { format: 'alpaca' })).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT', problems: { length: 3 } });
  });

  test('ragged CSV rows', async () => {
    const error = await failure(dataFile('prompt,completion\na,b\nc\nd,e,f\n"g","h"\n', 'csv'));
    expect([error.code, where(error)]).toEqual(['FETTLE_DATA', [3, 4]]);
  });

  test('a CSV quote that never closes', async () => {
    expect((await failure(dataFile('prompt,completion\na,"b\nc,d\n', 'csv'))).code).toBe('FETTLE_DATA');
  });

  test('an array that ends early, a missing comma, text after it', async () => {
    expect(where(await failure(dataFile('[{"prompt":"a","completion":"b"},\n{"prompt":"c"', 'json')))).toEqual([2, 2]);
    expect(where(await failure(dataFile('[{"prompt":"a","completion":"b"}\n{"prompt":"c","completion":"d"}]', 'json')))).toEqual([1]);
    expect(where(await failure(dataFile('[{"prompt":"a","completion":"b"}] x', 'json')))).toEqual([1]);
    expect(where(await failure(dataFile('[{"prompt":"a","completion":"b"},,]', 'json')))).toEqual([1, 1]);
  });

  test('JSON nested too deep', async () => {
    const error = await failure(dataFile(`{"prompt":"a","completion":"b","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`));
    expect([error.code, where(error)]).toEqual(['FETTLE_DATA', [1]]);
  });

  test('a huge line is skipped without being held', async () => {
    const error = await failure(dataFile(`${JSON.stringify(pairs[0])}\n${'x'.repeat(65 * 1024 * 1024)}\n${JSON.stringify(pairs[1])}\n`));
    expect([error.code, where(error)]).toEqual(['FETTLE_DATA', [2]]);
  });
});
