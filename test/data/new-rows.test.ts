import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { coverageOf, nextTopic } from '../../src/data/new-rows/coverage.ts';
import { NewRows } from '../../src/data/new-rows/new-rows.ts';
import { planPath } from '../../src/data/new-rows/plan.ts';
import { folder } from './support/write-data.ts';

const freshFile = (name = 'new.jsonl') => join(mkdtempSync(join(folder, 'new-')), name);
const draft = (question: string, answer: string, topic = '') => ({ topic, question, answer });
const kettle = draft('How do I clean the kettle?', 'Boil water with a spoon of citric acid in it, then rinse it twice.', 'care');
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function add(rows: NewRows, one = kettle): Promise<void> {
  const { row } = await rows.check(one);
  await rows.add(row!);
}

test.each([
  ['alpaca', { instruction: 'Help.', input: kettle.question, output: kettle.answer }],
  ['prompt-completion', { prompt: `Help.\n\n${kettle.question}`, completion: kettle.answer }],
  [
    'messages',
    {
      messages: [
        { role: 'system', content: 'Help.' },
        { role: 'user', content: kettle.question },
        { role: 'assistant', content: kettle.answer },
      ],
    },
  ],
  [
    'sharegpt',
    {
      conversations: [
        { from: 'system', value: 'Help.' },
        { from: 'human', value: kettle.question },
        { from: 'gpt', value: kettle.answer },
      ],
    },
  ],
] as const)('a row of the template %s', async (shape, expected) => {
  const rows = await NewRows.open(freshFile(), { shape, instruction: 'Help.' });
  await add(rows);
  expect(lines(rows.path)).toEqual([{ topic: 'care', ...expected }]);
});

test('each row is checked beside those before it', async () => {
  const rows = await NewRows.open(freshFile(), { topics: ['care'] });
  await add(rows);
  const codes = async (one: typeof kettle) => (await rows.check(one)).findings.map(({ code, of_line }) => [code, of_line]);
  expect(await codes(kettle)).toContainEqual(['exact-duplicate', 1]);
  expect(await codes({ ...kettle, answer: 'Never clean it: the scale keeps it warm for longer and does no harm.' })).toContainEqual([
    'contradiction',
    1,
  ]);
  expect(await codes(draft('Who answers the phone today?', 'Please write to someone@example.org.'))).toContainEqual([
    'pii-email',
    undefined,
  ]);
  expect(await codes(draft('Where is the nearest shop?', 'There is one in the old town, beside the station.'))).toEqual([]);
  const facts = await rows.check(draft('How long is the guarantee?', 'The guarantee lasts 5 years.'), {
    facts: 'The guarantee lasts 2 years.',
  });
  expect(facts.findings.map(({ code }) => code)).toContain('unsupported-fact');
});

test('what is no row is said, and cannot be added', async () => {
  const rows = await NewRows.open(freshFile());
  const { row, problems } = await rows.check(draft('Why?', ' '));
  expect(row).toBeNull();
  expect(problems).toMatchObject([{ field: 'output' }]);
  expect(existsSync(rows.path)).toBe(false);
});

test('the plan and the draft are there again; rows are never lost', async () => {
  const path = freshFile();
  const first = await NewRows.open(path, { shape: 'messages', instruction: 'Help.', topics: ['care', 'repair'], goal: 10 });
  await add(first);
  await first.keep(draft('half a quest', '', 'repair'));
  const again = await NewRows.open(path);
  expect(again.plan).toEqual({
    shape: 'messages',
    instruction: 'Help.',
    topics: ['care', 'repair'],
    goal: 10,
    draft: draft('half a quest', '', 'repair'),
  });
  expect((await NewRows.open(path, { goal: 60 })).plan).toMatchObject({ goal: 60, instruction: 'Help.' });
  await add(again, draft('Who repairs lamps?', 'The workshop behind the shop does.', 'repair'));
  expect((await NewRows.open(path)).rows.map(({ line }) => line)).toEqual([1, 2]);
});

test('a line that a crash left unfinished is ended and named; the next row is whole', async () => {
  const path = freshFile();
  const rows = await NewRows.open(path);
  await add(rows);
  appendFileSync(path, '{"instruction": "cut o');
  const again = await NewRows.open(path);
  expect(again.flaws.map(({ problem }) => problem.line)).toEqual([2]);
  await add(again, draft('Who repairs lamps?', 'The workshop behind the shop does.'));
  expect((await NewRows.open(path)).rows.map(({ line }) => line)).toEqual([1, 3]);
});

test('rows that were there before tell the shape, the topics and the instruction', async () => {
  const path = freshFile();
  const row = (i: number) => ({ topic: `t${i % 2}`, instruction: 'Help.', input: `Question ${i}?`, output: `Answer ${i}.` });
  writeFileSync(path, Array.from({ length: 4 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  expect((await NewRows.open(path)).plan).toMatchObject({ shape: 'alpaca', instruction: 'Help.', topics: ['t0', 't1'] });
  await expect(NewRows.open(path, { shape: 'messages' })).rejects.toMatchObject({ code: 'FETTLE_USAGE' });
});

test.each([
  ['rows.csv', 'prompt,completion\na,b\n', 'FETTLE_USAGE'],
  ['rows.jsonl', '[{"prompt": "a", "completion": "b"}]', 'FETTLE_DATA_FORMAT'],
  ['rows.jsonl', '{"text": "a"}\n', 'FETTLE_USAGE'],
])('what cannot be added to: %s with %s', async (name, content, code) => {
  const path = freshFile(name);
  writeFileSync(path, content);
  await expect(NewRows.open(path)).rejects.toMatchObject({ code });
});

test('an empty file is a beginning', async () => {
  const path = freshFile();
  writeFileSync(path, '');
  await add(await NewRows.open(path));
  expect(lines(path)).toHaveLength(1);
});

test('a damaged plan is said', async () => {
  const path = freshFile();
  await (await NewRows.open(path)).keep();
  writeFileSync(planPath(path), '{"fettle": "new", "goal": 0}');
  await expect(NewRows.open(path)).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [{ file: planPath(path) }] });
});

test('what is missing by topic', async () => {
  const rows = await NewRows.open(freshFile(), { topics: ['care', 'repair', 'returns'], goal: 7 });
  await add(rows);
  await add(rows, draft('Who repairs lamps?', 'The workshop behind the shop does.', 'other'));
  await add(rows, draft('Is the shop open on Sunday?', 'No, it opens on Monday at nine.'));
  expect(rows.coverage).toEqual({
    rows: 3,
    goal: 7,
    topics: [
      { topic: 'repair', rows: 0, wanted: 2, missing: 2 },
      { topic: 'returns', rows: 0, wanted: 2, missing: 2 },
      { topic: 'care', rows: 1, wanted: 2, missing: 1 },
      { topic: 'other', rows: 1, wanted: 2, missing: 1 },
    ],
    unlabelled: 1,
  });
  expect(nextTopic(rows.coverage)).toBe('repair');
  expect(coverageOf([], { topics: [], goal: 5 })).toEqual({ rows: 0, goal: 5, topics: [], unlabelled: 0 });
});
