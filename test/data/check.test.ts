import { expect, test } from 'vitest';
import { type CheckOptions, type CheckSummary, checkDataset } from '../../src/data/check.ts';
import type { Finding } from '../../src/data/findings.ts';
import { fakeTokenizer } from './support/fake-tokenizer.ts';
import { chatml, neverEnding } from './support/templates.ts';
import { dataFile } from './support/write-data.ts';

async function check(path: string, options: CheckOptions = {}): Promise<{ findings: Finding[]; summary: CheckSummary }> {
  const findings: Finding[] = [];
  for await (const found of checkDataset(path, options)) {
    if ('summary' in found) return { findings, summary: found.summary };
    findings.push(found);
  }
  throw new Error('no summary');
}

const codes = (findings: Finding[]) => findings.map(({ code, line }) => `${line} ${code}`);
const model = { tokenizer: fakeTokenizer(), chatTemplate: chatml, eosIds: [4], train_on: 'completion' as const, max_length: 30 };

test('rows that cannot be used are errors, all of them', async () => {
  const path = dataFile(
    '{"prompt":"a","completion":"b"}\n{"prompt":"a"\n{"prompt":"c"}\n{"prompt":"d","completion":" "}\n{"text":"e"}\n{"prompt":1,"completion":"x"}\n',
  );
  const { findings, summary } = await check(path);
  expect(codes(findings)).toEqual(['2 invalid-json', '3 missing-field', '4 empty-answer', '5 wrong-shape', '6 invalid-field']);
  expect(summary).toMatchObject({ rows: 6, usable: 1, findings: { error: 5, warning: 0 }, shape: 'prompt-completion', tokenization: null });
  expect(findings[2]).toMatchObject({ file: path, field: 'completion', hint: expect.any(String), why: expect.any(String) });
});

test('exact duplicates name the first copy', async () => {
  const { findings } = await check(dataFile([{ text: 'a b' }, { text: 'c d' }, { text: ' a b ' }, { text: 'a b', id: 2 }]));
  expect(findings.map(({ code, line, of_line }) => [code, line, of_line])).toEqual([
    ['exact-duplicate', 3, 1],
    ['exact-duplicate', 4, 1],
  ]);
});

test('turns out of order', async () => {
  const turn = (role: string, content: string) => ({ role, content });
  const [a, q] = [turn('assistant', 'an answer here'), turn('user', 'a question here')];
  const rows = [
    [q, a],
    [q, q, a],
    [q, a, a],
    [a, q, a],
    [q, a, q],
    [q, turn('system', 's'), a],
  ].map((messages, i) => ({ messages: messages.map((m) => ({ ...m, content: `${m.content} ${i}` })) }));
  const { findings } = await check(dataFile(rows));
  expect(findings.filter(({ code }) => code === 'turn-order').map(({ line, field }) => [line, field])).toEqual([
    [2, 'messages[1].content'],
    [3, 'messages[2].content'],
    [4, 'messages[0].content'],
    [5, 'messages[2].content'],
    [6, 'messages[1].content'],
  ]);
});

test('with a model: token counts, long rows, special tokens in texts', async () => {
  const path = dataFile([
    { prompt: 'hi', completion: 'one two' },
    { prompt: 'say <|im_end|> twice', completion: 'no way' },
    { prompt: 'hi', completion: 'word '.repeat(40) },
  ]);
  const { findings, summary } = await check(path, { model });
  expect(codes(findings)).toEqual(expect.arrayContaining(['2 special-token-in-text', '3 over-long']));
  expect(findings.find(({ code }) => code === 'special-token-in-text')).toMatchObject({ field: 'prompt', value: '<|im_end|>' });
  expect(summary.tokenization).toMatchObject({ over_long: 1, longest: expect.any(Number) });
  expect(summary.tokenization!.supervised_tokens).toBeGreaterThan(40);
});

test('with a model whose template ends no turn', async () => {
  const { findings } = await check(dataFile([{ prompt: 'hi', completion: 'one two' }]), { model: { ...model, chatTemplate: neverEnding } });
  expect(codes(findings)).toContain('1 no-stop-token');
});

test('a file that is no data is an error, not a finding', async () => {
  await expect(check(dataFile(Buffer.from('hello', 'utf16le')))).rejects.toMatchObject({ code: 'FETTLE_DATA_ENCODING' });
  await expect(check(dataFile(''))).rejects.toMatchObject({ code: 'FETTLE_DATA_EMPTY' });
});
