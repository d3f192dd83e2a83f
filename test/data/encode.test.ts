import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Dataset, loadDataset } from '../../src/data/dataset.ts';
import { type EncodeOptions, encodeDataset } from '../../src/data/encode.ts';
import { maskOf } from '../../src/data/show-mask.ts';
import { readGguf } from '../../src/model/gguf.ts';
import { loadTokenizerFromFolder } from '../../src/model/tokenizer/from-folder.ts';
import { tokenizerFromGguf } from '../../src/model/tokenizer/from-gguf.ts';
import { fakeTokenizer } from './support/fake-tokenizer.ts';
import { chatml } from './support/templates.ts';
import { dataFile } from './support/write-data.ts';

const options: EncodeOptions = {
  tokenizer: fakeTokenizer(),
  chatTemplate: chatml,
  eosIds: [4],
  train_on: 'completion',
  max_length: 40,
  long_examples: 'error',
};
const short = { prompt: 'hi', completion: 'one two' };
const long = { prompt: 'hi', completion: 'word '.repeat(50).trim() };
const longPrompt = { prompt: 'word '.repeat(50).trim(), completion: 'one' };

const load = (rows: object[]): Promise<Dataset> => loadDataset(dataFile(rows));
const encode = async (rows: object[], more: Partial<EncodeOptions> = {}) => encodeDataset(await load(rows), { ...options, ...more });

describe('encodeDataset', () => {
  test('keeps the place, the hash and the stratum of each row', async () => {
    const data = await load([
      { ...short, topic: 'x' },
      { prompt: 'a', completion: 'b' },
    ]);
    const { rows } = await encodeDataset(data, { ...options, stratify_by: 'topic' });
    expect(rows.map(({ line, stratum, hash, truncated }) => [line, stratum, hash, truncated])).toEqual([
      [1, 'x', data.rows[0]!.hash, false],
      [2, null, data.rows[1]!.hash, false],
    ]);
    expect(rows[0]!.supervised).toBe(3);
  });

  test('long rows: an error that names them all, with both numbers', async () => {
    const error = await encode([long, short, long]).catch((e) => e);
    expect(error.code).toBe('FETTLE_DATA');
    expect(error.problems.map((problem: { line: number }) => problem.line)).toEqual([1, 3]);
    expect(error.problems[0].message).toMatch(/at most 40 tokens, found \d+/);
  });

  test('long rows dropped, and counted', async () => {
    const { rows, report } = await encode([long, short], { long_examples: 'drop' });
    expect(rows.map((row) => row.line)).toEqual([2]);
    expect(report).toMatchObject({ rows: 2, kept: 1, dropped: 1, cut: 0, supervised_lost: 51, limit: 40 });
    await expect(encode([long], { long_examples: 'drop' })).rejects.toMatchObject({ code: 'FETTLE_DATA_EMPTY' });
  });

  test('long rows cut: the stop token is lost and counted', async () => {
    const { rows, report } = await encode([long, short], { long_examples: 'truncate' });
    expect(rows[0]).toMatchObject({ truncated: true, input_ids: { length: 40 } });
    expect(rows[0]!.labels).not.toContain(4);
    expect(report).toMatchObject({ kept: 2, cut: 1, dropped: 0, supervised_lost: 51 - rows[0]!.supervised });
  });

  test('a row cut down to its prompt has nothing to train', async () => {
    await expect(encode([longPrompt], { long_examples: 'truncate' })).rejects.toMatchObject({
      code: 'FETTLE_DATA',
      message: expect.stringContaining('found none'),
    });
  });

  test('the model’s positions limit too', async () => {
    await expect(encode([short], { max_positions: 5 })).rejects.toThrow(/at most 5 tokens/);
  });

  test('tokens rows are taken as they are, and need no tokenizer', async () => {
    const { rows } = await encode([{ input_ids: [7, 8, 9], labels: [-100, -100, 3] }], { tokenizer: null, chatTemplate: null });
    expect(rows[0]).toMatchObject({ input_ids: [7, 8, 9], labels: [-100, -100, 3], supervised: 1 });
    const nothing = { input_ids: [7, 8], labels: [7, -100] };
    await expect(encode([nothing], { tokenizer: null })).rejects.toThrow(/expected tokens to train/);
    await expect(encode([{ input_ids: [7, 80], labels: [7, 80] }], { vocab_size: 50 })).rejects.toThrow(/below 50, found 80/);
    await expect(encode([short], { tokenizer: null })).rejects.toMatchObject({ code: 'FETTLE_TOKENIZER' });
  });

  test('one bad row of each kind: each problem keeps its own words', async () => {
    const error = await encode([long, { messages: [] }].slice(0, 1).concat([short]), { eosIds: [2] }).catch((e) => e);
    expect(error).toMatchObject({ code: 'FETTLE_STOP_TOKEN', problems: { length: 2 } });
  });

  test('can be stopped', async () => {
    await expect(encode([short], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'FETTLE_INTERRUPTED', exitCode: 130 });
  });
});

test('the mask shows every character once, and what is trained', async () => {
  const [row] = (await load([{ prompt: 'hi', completion: 'yo' }])).rows;
  const mask = maskOf(row!, { ...options, tokenizer: options.tokenizer! });
  expect(mask.tokens.map((token) => token.text).join('')).toBe('<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n');
  expect(mask.tokens.filter((token) => token.trained).map((token) => token.text)).toEqual(['yo', '<|im_end|>']);
  expect(mask.supervised).toBe(2);
});

test('a real byte-level tokenizer: characters of several tokens are trained whole', async () => {
  const { tokenizer } = await loadTokenizerFromFolder(new URL('../fixtures/tokenizer/small', import.meta.url).pathname);
  const eos = tokenizer!.eosId!;
  const { rows } = await encode([{ prompt: 'x', completion: '😀 naïve 数' }], { tokenizer, chatTemplate: null, eosIds: [eos] });
  const trained = rows[0]!.labels.filter((label) => label !== -100);
  expect(tokenizer!.decode(trained, { skipSpecialTokens: true })).toBe('😀 naïve 数');
  expect(trained.at(-1)).toBe(eos);
});

const realModel = new URL('../../../shared/models/smollm2-135m-instruct-q4_1.gguf', import.meta.url).pathname;

test.skipIf(!existsSync(realModel))('Zenith with SmolLM2’s tokenizer: every stop token is trained (needs the real model)', async () => {
  const { tokenizer, chatTemplate } = tokenizerFromGguf(readGguf(realModel).metadata);
  const data = await loadDataset(new URL('../../examples/zenith/zenith.jsonl', import.meta.url).pathname);
  const { rows, report } = await encodeDataset(data, { ...options, tokenizer, chatTemplate, eosIds: [2], max_length: 1024 });
  expect(report).toMatchObject({ kept: 500, tokens: 122959, supervised_tokens: 75179, longest: 362 });
  for (const { labels } of rows) expect([labels.indexOf(2), labels.lastIndexOf(2)]).toEqual([labels.length - 2, labels.length - 2]);
  const answers = readFileSync(data.path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).output as string);
  for (const [i, { labels }] of rows.entries())
    expect(tokenizer!.decode(labels.filter((label) => label !== -100))).toBe(`${answers[i]}<|im_end|>`);
});
