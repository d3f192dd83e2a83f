import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDataset } from '../../../src/data/dataset.ts';
import { decisionPath, readDecisionFile } from '../../../src/data/review/decision-file.ts';
import { exportReviewed } from '../../../src/data/review/export-reviewed.ts';
import { buildQueue } from '../../../src/data/review/queue.ts';
import { readVerdicts } from '../../../src/data/review/read-verdicts.ts';
import { ReviewSession } from '../../../src/data/review/session.ts';
import { freshFolder } from './support.ts';

const things = ['kettle', 'radio', 'lamp', 'phone', 'screen', 'mouse', 'cable', 'drone', 'printer', 'camera', 'clock', 'heater'];
const good = things.map((thing, i) => ({
  topic: 'care',
  instruction: `How do I look after a ${thing} that I bought ${i + 2} weeks ago?`,
  output: `Keep the ${thing} dry and away from the sun, and wipe it with a soft cloth every ${i + 3} days.`,
}));
const mailed = {
  ...good[0]!,
  instruction: 'Who helps me with my garden hose today?',
  output: 'Please write to someone@example.org and we will help you soon.',
};
const empty = { topic: 'care', instruction: 'Is the ladder safe to climb in the rain?', output: '' };

function dataFile(rows: readonly object[], name = 'rows.jsonl'): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const open = (path: string, reviewer = 'ada') => ReviewSession.open(path, { reviewer });
const rowsFile = () => dataFile([...good.slice(0, 6), mailed, ...good.slice(6), empty, good[2]!]);

test('the queue: findings first, the worst of them first, then suspects, then seeded samples', async () => {
  const session = await open(rowsFile());
  const suspects = [9, 1].map((i) => ({ hash: session.rows[i]!.hash, losses: [2, 2], neighbours: [] }));
  const { items, general } = await buildQueue(session, { suspects, sample: 4 });
  expect(items.map(({ line, reason }) => `${line} ${reason}`).slice(0, 5)).toEqual([
    '14 finding',
    '7 finding',
    '15 finding',
    '10 suspicious',
    '2 suspicious',
  ]);
  expect(items.slice(5).map(({ reason }) => reason)).toEqual(['sample', 'sample', 'sample', 'sample']);
  expect(items[0]).toMatchObject({
    row: null,
    findings: [{ code: 'empty-answer' }],
    turns: [{ content: empty.instruction }, { role: 'assistant', content: '' }],
  });
  expect(items[1]).toMatchObject({ findings: [{ code: 'pii-email', value: 'someone@example.org', field: 'output' }], sealed: false });
  expect(items[2]).toMatchObject({ copy: 2, findings: [{ code: 'exact-duplicate', of_line: 3 }] });
  expect(general.every(({ line }) => line === null)).toBe(true);
  const again = await buildQueue(await open(session.path), { suspects, sample: 4 });
  expect(again.items.map(({ line }) => line)).toEqual(items.map(({ line }) => line));
  const other = await buildQueue(session, { suspects, sample: 4, seed: 1 });
  expect(other.items.map(({ line }) => line)).not.toEqual(items.map(({ line }) => line));
});

test('what a reviewer decided is out of the own queue, and still in that of another', async () => {
  const session = await open(rowsFile());
  const lines = async (reviewer: string) =>
    (await buildQueue(await open(session.path, reviewer), { sample: 0 })).items.map(({ line }) => line);
  const [broken, mail, copy] = (await buildQueue(session, { sample: 0 })).items;
  await session.decide([{ hash: broken!.hash, decision: 'rejected' }]);
  await session.decide([
    { hash: copy!.hash, copy: 2, decision: 'rejected' },
    { hash: mail!.hash, decision: 'noted', note: 'is this address real?' },
  ]);
  expect(await lines('ada')).toEqual([]);
  expect(await lines('bob')).toEqual([14, 7, 15]);
  const seen = (await buildQueue(await open(session.path, 'bob'), { sample: 0 })).items[1]!;
  expect(seen.notes).toMatchObject([{ reviewer: 'ada', note: 'is this address real?' }]);
  expect((await loadDataset(session.path)).rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
});

test('an edit that was made is checked again only by eyes: its row is decided', async () => {
  const session = await open(rowsFile());
  const mail = session.rows[6]!;
  const turns = mail.turns!.map((turn) => ({ ...turn, content: turn.content.replace('someone@example.org', 'the help desk') }));
  expect(session.tryEdit(mail, turns)).toMatchObject({
    row: { record: { output: 'Please write to the help desk and we will help you soon.' } },
  });
  expect(await session.decide([{ hash: mail.hash, decision: 'edited', turns }])).toBe(1);
  expect(await session.decide([{ hash: mail.hash, decision: 'edited', turns }]), 'said already').toBe(0);
  expect(session.decisionOn(mail)).toMatchObject({ decision: 'edited', reviewer: 'ada' });
  const { items } = await buildQueue(await open(session.path), { sample: 0 });
  expect(items.map(({ line }) => line)).toEqual([14, 15]);
});

test('verdicts that do not fit are all named, and none is recorded', async () => {
  const session = await open(rowsFile());
  const { hash, turns } = session.rows[0]!;
  const verdicts = [
    { hash, decision: 'accepted' as const },
    { hash: 'f'.repeat(64), decision: 'rejected' as const },
    { hash, copy: 2, decision: 'rejected' as const },
    { hash, decision: 'edited' as const, turns: turns!.map((turn) => ({ ...turn, content: '' })) },
  ];
  const places = verdicts.map((_, i) => ({ file: 'd.jsonl', line: i + 1 }));
  await expect(session.decide(verdicts, places)).rejects.toMatchObject({
    code: 'FETTLE_DATA',
    problems: [2, 3, 4, 4].map((line) => ({ file: 'd.jsonl', line })),
  });
  expect(existsSync(decisionPath(session.path))).toBe(false);
});

test('a mended row needs its own shape only', async () => {
  const session = await open(rowsFile());
  const broken = session.rows.find(({ row }) => row === null)!;
  const turns = broken.turns!.map((turn) => (turn.role === 'assistant' ? { ...turn, content: 'No: wait until it is dry.' } : turn));
  await session.decide([{ hash: broken.hash, decision: 'edited', turns }]);
  const { rows } = await loadDataset(session.path);
  expect(rows.find(({ line }) => line === 14)!.record).toEqual({ ...empty, input: '', output: 'No: wait until it is dry.' });
});

test('piped verdicts: a line of the queue with a decision, by several reviewers', async () => {
  const session = await open(rowsFile());
  const { items } = await buildQueue(session, { sample: 1 });
  const [broken, mail] = items;
  const text = [
    { hash: broken!.hash, file: 'x', line: 14, reason: 'finding', findings: [], turns: broken!.turns, decision: 'rejected' },
    { hash: mail!.hash, turns: mail!.turns, decision: 'accepted', reviewer: 'bob', note: 'is public' },
    { summary: { rows: 2 } },
  ];
  const piped = readVerdicts(text.map((line) => JSON.stringify(line)).join('\n'), 'd.jsonl');
  expect(piped).toMatchObject([
    { verdict: { hash: broken!.hash, decision: 'rejected' }, place: { file: 'd.jsonl', line: 1 } },
    { verdict: { decision: 'accepted', note: 'is public' }, reviewer: 'bob', place: { line: 2 } },
  ]);
  for (const { verdict } of piped) expect(verdict).not.toHaveProperty('turns');
  expect(await session.decide(piped.map(({ verdict, reviewer }) => ({ ...verdict, ...(reviewer && { reviewer }) })))).toBe(2);
  expect(session.decisions.map(({ reviewer, decision }) => [reviewer, decision])).toEqual([
    ['ada', 'rejected'],
    ['bob', 'accepted'],
  ]);
});

test('piped lines that are no verdict are all named', () => {
  const hash = 'a'.repeat(64);
  const lines = [{ hash, decision: 'accepted' }, { hash, desicion: 'accepted' }, { hash, decision: 'edited' }, { decision: 'accepted' }, 7];
  expect(() => readVerdicts(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"has`, 'd.jsonl')).toThrow(
    expect.objectContaining({
      code: 'FETTLE_DATA',
      problems: [2, 3, 4, 5, 6].map((line) => expect.objectContaining({ file: 'd.jsonl', line })),
    }),
  );
});

test.each(['clean.jsonl', 'clean.json', 'clean.csv', 'clean.tsv'])('an export to %s reads back as the same rows', async (name) => {
  const path = rowsFile();
  const session = await open(path);
  await expect(exportReviewed(path, join(freshFolder(), name))).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [{ line: 14 }] });
  const [first] = session.rows;
  const turns = first!.turns!.map((turn) => ({ ...turn, content: `${turn.content}\n"Quoted", and a comma;\ttab` }));
  await session.decide([
    { hash: session.rows.find(({ row }) => row === null)!.hash, decision: 'rejected' },
    { hash: first!.hash, decision: 'edited', turns },
    { hash: session.rows.at(-1)!.hash, copy: 2, decision: 'rejected' },
  ]);
  const target = join(freshFolder(), name);
  const { rows: applied } = await loadDataset(path);
  expect(await exportReviewed(path, target)).toMatchObject({ rows: 13, sealed: 0, review: { rows: { rejected: 2, edited: 1 } } });
  const { rows, shape } = await loadDataset(target);
  expect(shape).toBe('alpaca');
  expect(rows.map(({ hash, fields }) => [hash, fields])).toEqual(applied.map(({ hash, fields }) => [hash, fields]));
});

test('an export of another kind of file is refused', async () => {
  const path = dataFile(good);
  await expect(exportReviewed(path, join(freshFolder(), 'clean.parquet'))).rejects.toMatchObject({ code: 'FETTLE_USAGE' });
});

test('a reviewer has a name', async () => {
  const path = dataFile(good);
  for (const name of ['', '  ', 'a\nb', 'x'.repeat(81)])
    await expect(open(path, name)).rejects.toMatchObject({ code: 'FETTLE_INVALID_ARGUMENT' });
  expect((await open(path, ' ada ')).reviewer).toBe('ada');
});

test('two sessions at once: each sees what stood when it began, and both are kept', async () => {
  const path = dataFile(good);
  const [ada, bob] = [await open(path, 'ada'), await open(path, 'bob')];
  await Promise.all([ada, bob].flatMap((session) => session.rows.map(({ hash }) => session.decide([{ hash, decision: 'accepted' }]))));
  const { decisions } = await readDecisionFile(decisionPath(path));
  expect(decisions).toHaveLength(2 * good.length);
  expect((await buildQueue(await open(path, 'bob'))).items).toEqual([]);
});
