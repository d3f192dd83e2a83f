import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type CheckSummary, checkDataset } from '../../../src/data/check.ts';
import { recordHash } from '../../../src/data/content-hash.ts';
import { loadDataset } from '../../../src/data/dataset.ts';
import type { Finding } from '../../../src/data/findings.ts';
import type { EditedTurn } from '../../../src/data/review/decision.ts';
import { appendDecisions, decisionPath, readDecisionFile } from '../../../src/data/review/decision-file.ts';
import { decide, freshFolder, rawRows } from './support.ts';

function alpacaFile(rows: readonly object[]): string {
  const path = join(freshFolder(), 'rows.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const answers = ['It takes three days.', 'It takes a week.', 'Nobody knows.'];
const rows = answers.map((output, i) => ({ id: `r${i}`, instruction: 'Answer.', input: `How long does parcel ${i} take?`, output }));
const asked = (i: number, answer: string): EditedTurn[] => [
  { role: 'user', content: `Answer.\n\nHow long does parcel ${i} take?` },
  { role: 'assistant', content: answer },
];

test('rejected rows are dropped, edited ones replaced, the others stay', async () => {
  const path = alpacaFile(rows);
  const [first, second, third] = await rawRows(path);
  await decide(path, [
    { hash: first!.hash, decision: 'accepted' },
    { hash: second!.hash, decision: 'edited', turns: asked(1, 'It takes five days.') },
    { hash: third!.hash, decision: 'rejected', note: 'says nothing' },
  ]);
  const { rows: read, review } = await loadDataset(path);
  expect(read.map((row) => row.record)).toEqual([rows[0], { ...rows[1], output: 'It takes five days.' }]);
  expect(read[1]).toMatchObject({ line: 2, edited_from: second!.hash, fields: { id: 'r1' } });
  expect(read[0]).not.toHaveProperty('edited_from');
  expect(review).toMatchObject({ rows: { accepted: 1, edited: 1, rejected: 1, noted: 0 }, missing: 0, disputed: 0, torn: [] });
});

test('the latest decision counts; a note takes nothing back', async () => {
  const path = alpacaFile(rows);
  const { hash } = (await rawRows(path))[2]!;
  await decide(path, [{ hash, decision: 'rejected' }], 'ada');
  await decide(path, [{ hash, decision: 'noted', note: 'ask the shop' }], 'ada');
  expect((await loadDataset(path)).rows).toHaveLength(2);
  await decide(path, [{ hash, decision: 'accepted' }], 'bob');
  const { rows: read, review } = await loadDataset(path);
  expect(read).toHaveLength(3);
  expect(review).toMatchObject({ reviewers: ['ada', 'bob'], disputed: 1 });
});

test('of rows with the same content, a decision may name one', async () => {
  const path = alpacaFile([rows[0]!, rows[1]!, rows[0]!, rows[0]!]);
  const { hash } = (await rawRows(path))[0]!;
  await decide(path, [{ hash, copy: 3, decision: 'rejected' }]);
  expect((await loadDataset(path)).rows.map(({ line }) => line)).toEqual([1, 2, 3]);
  await decide(path, [{ hash, decision: 'rejected' }]);
  expect((await loadDataset(path)).rows.map(({ line }) => line)).toEqual([2]);
  await decide(path, [{ hash, copy: 1, decision: 'accepted' }]);
  expect((await loadDataset(path)).rows.map(({ line }) => line)).toEqual([1, 2]);
});

test('decisions on rows that are gone are counted', async () => {
  const path = alpacaFile(rows);
  await decide(path, [
    { hash: 'a'.repeat(64), decision: 'rejected' },
    { hash: 'b'.repeat(64), decision: 'accepted' },
  ]);
  expect((await loadDataset(path)).review).toMatchObject({ missing: 1, rows: { rejected: 0 } });
});

test('when every row was rejected, the error says why', async () => {
  const path = alpacaFile(rows.slice(0, 1));
  await decide(path, [{ hash: (await rawRows(path))[0]!.hash, decision: 'rejected' }]);
  await expect(loadDataset(path)).rejects.toMatchObject({
    code: 'FETTLE_DATA_EMPTY',
    message: expect.stringContaining('rejected every row'),
  });
});

test('a row that cannot be used may be rejected or mended', async () => {
  const broken = [{ ...rows[0]!, output: '' }, { id: 'x', instruction: 'Answer.', input: 'Where is it?' }, rows[2]!];
  const path = alpacaFile(broken);
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_DATA' });
  await decide(path, [
    { hash: recordHash(broken[0]!), decision: 'rejected' },
    {
      hash: recordHash(broken[1]!),
      decision: 'edited',
      turns: [
        { role: 'user', content: 'Answer.\n\nWhere is it?' },
        { role: 'assistant', content: 'On its way.' },
      ],
    },
  ]);
  const { rows: read } = await loadDataset(path);
  expect(read.map((row) => row.record)).toEqual([{ ...broken[1], output: 'On its way.' }, rows[2]]);
});

test('an edited row is checked like any other', async () => {
  const path = alpacaFile(rows);
  const [first, second] = await rawRows(path);
  await decide(path, [
    { hash: first!.hash, decision: 'edited', turns: asked(0, ' ') },
    { hash: second!.hash, decision: 'edited', turns: asked(1, 'Write to me at someone@example.org.') },
  ]);
  const found: Finding[] = [];
  let summary: CheckSummary | undefined;
  for await (const one of checkDataset(path)) {
    if ('summary' in one) ({ summary } = one);
    else found.push(one);
  }
  expect(found.map(({ code, line }) => `${line} ${code}`)).toEqual(expect.arrayContaining(['1 empty-answer', '2 pii-email']));
  expect(found[0]!.message).toContain('as edited');
  expect(summary).toMatchObject({ rows: 3, usable: 2, review: { rows: { edited: 2 } } });
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [{ line: 1, field: 'output' }] });
});

test('turns that the shape cannot hold are an error that names the row', async () => {
  const path = alpacaFile(rows);
  const { hash } = (await rawRows(path))[1]!;
  await decide(path, [
    {
      hash,
      decision: 'edited',
      turns: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: 'c' },
      ],
    },
  ]);
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT', problems: [{ file: path, line: 2 }] });
});

test('a torn last line is tolerated and said; the next decision begins a line of its own', async () => {
  const path = alpacaFile(rows);
  const [first, second, third] = await rawRows(path);
  await decide(path, [
    { hash: first!.hash, decision: 'rejected' },
    { hash: second!.hash, decision: 'rejected' },
  ]);
  const file = decisionPath(path);
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, -40));
  const { rows: read, review } = await loadDataset(path);
  expect(read.map(({ line }) => line)).toEqual([2, 3]);
  expect(review).toMatchObject({ torn: [2] });
  await decide(path, [{ hash: third!.hash, decision: 'rejected' }]);
  expect((await loadDataset(path)).rows.map(({ line }) => line)).toEqual([2]);
  expect((await readDecisionFile(file)).torn).toEqual([2]);
});

test('a whole last line without its line end counts', async () => {
  const path = alpacaFile(rows);
  const [first, second] = await rawRows(path);
  await decide(path, [{ hash: first!.hash, decision: 'rejected' }]);
  const file = decisionPath(path);
  writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
  await decide(path, [{ hash: second!.hash, decision: 'rejected' }]);
  expect((await loadDataset(path)).rows.map(({ line }) => line)).toEqual([3]);
});

test('every line that is no decision is named', async () => {
  const path = alpacaFile(rows);
  const file = decisionPath(path);
  mkdirSync(dirname(file), { recursive: true });
  const good = { hash: 'a'.repeat(64), decision: 'accepted', reviewer: 'ada', date: '2026-01-02T03:04:05Z' };
  const lines = [good, { ...good, decision: 'maybe' }, { ...good, hash: 'x' }, { ...good, decision: 'edited' }, { ...good, turns: [] }];
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
  appendFileSync(file, 'nonsense\n');
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [2, 3, 4, 5, 6].map((line) => ({ file, line })) });
});

test('two reviewers at once lose nothing', async () => {
  const path = alpacaFile(rows);
  const hashes = Array.from({ length: 200 }, (_, i) => i.toString(16).padStart(64, '0'));
  const one = async (reviewer: string) => {
    for (const hash of hashes) await decide(path, [{ hash, decision: 'accepted', note: 'x'.repeat(3000) }], reviewer);
  };
  await Promise.all([one('ada'), one('bob')]);
  const { decisions, torn } = await readDecisionFile(decisionPath(path));
  expect(torn).toEqual([]);
  for (const name of ['ada', 'bob']) expect(decisions.filter(({ reviewer }) => reviewer === name).map(({ hash }) => hash)).toEqual(hashes);
});

test('nothing to add writes no file', async () => {
  const path = alpacaFile(rows);
  await appendDecisions(decisionPath(path), []);
  expect((await loadDataset(path)).review).toBeNull();
});

test('what a reviewer accepted is no finding any more, unless it would stop training', async () => {
  const check = async (path: string) => {
    const found: Finding[] = [];
    for await (const one of checkDataset(path)) {
      if ('summary' in one) return { found: found.map(({ code, line }) => [code, line]), accepted: one.summary.accepted };
      found.push(one);
    }
    throw new Error('no summary');
  };
  const flawed = [
    { instruction: 'Whom do I write to?', output: 'Write to paul.moser@example.net, please.' },
    { instruction: 'And on Sundays?', output: 'On Sundays write to anna.huber@example.net, please.' },
    { instruction: 'What is the sign?', output: 'It is \ud83d and was always so, since 1990.' },
  ];
  const path = alpacaFile(flawed);
  expect(await check(path)).toEqual({
    found: [
      ['pii-email', 1],
      ['pii-email', 2],
      ['lone-surrogate', 3],
    ],
    accepted: 0,
  });
  const all = await rawRows(path);
  await decide(
    path,
    [0, 2].map((i) => ({ hash: all[i]!.hash, decision: 'accepted' as const })),
  );
  expect(await check(path)).toEqual({
    found: [
      ['pii-email', 2],
      ['lone-surrogate', 3],
    ],
    accepted: 1,
  });
});
