import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/dataset.ts';
import { openSealed, readOpenings } from '../../src/data/openings.ts';
import { findSeals, refuseSealed } from '../../src/data/seal.ts';
import { sealSplit, splitWithSeals } from '../../src/data/sealed-split.ts';
import { folder } from './support/write-data.ts';

const config = { train: 0.8, validation: 0.1, test: 0.1, seed: 42, stratify_by: null, group_by: null };
const row = (i: number) => ({ instruction: `question ${i}`, input: '', output: `answer ${i}` });
let place: string;
let data: string;
let counter = 0;

beforeEach(() => {
  place = join(folder, `seal-${++counter}`);
  mkdirSync(join(place, 'run'), { recursive: true });
  data = join(place, 'rows.jsonl');
  writeFileSync(data, Array.from({ length: 40 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
});

async function seal() {
  const { split } = await splitWithSeals(await loadDataset(data), config);
  await sealSplit(split, join(place, 'run'));
  return split;
}

describe('finding seals', () => {
  test('beside the data, from folders below it, and in the run folder', async () => {
    await seal();
    const deep = join(place, 'a', 'b');
    mkdirSync(deep, { recursive: true });
    const found = async (places: Parameters<typeof findSeals>[0]) => (await findSeals(places)).map((one) => one.path);
    expect(await found({ data: [data] })).toEqual([join(place, '.fettle/seals/rows.json')]);
    expect(await found({ data: [join(deep, 'copy.jsonl')] })).toEqual([join(place, '.fettle/seals/rows.json')]);
    expect(await found({ run: join(place, 'run') })).toEqual([join(place, 'run/splits.json'), join(place, '.fettle/seals/rows.json')]);
    expect(await found({ config: join(deep, 'fettle.yaml') })).toHaveLength(1);
  });

  test('another tool’s splits.json is left alone, a damaged one of ours is an error', async () => {
    writeFileSync(join(place, 'splits.json'), '{"folds": 5}');
    expect(await findSeals({ data: [data] })).toEqual([]);
    writeFileSync(join(place, 'splits.json'), '{"fettle": "splits", "vers');
    await expect(findSeals({ data: [data] })).rejects.toMatchObject({ code: 'FETTLE_SEALED' });
  });
});

describe('refusing sealed rows', () => {
  test('in a copy of the file, of another shape, or pasted into another file', async () => {
    const split = await seal();
    const seals = await findSeals({ data: [data] });
    const sealedLines = split.test.rows.map(({ line }) => line - 1);
    const mixed = join(place, 'mixed.jsonl');
    const rows = [
      ...sealedLines.map((i) => ({ prompt: ` question ${i}`, completion: `answer ${i}\n` })),
      { prompt: 'new', completion: 'row' },
    ];
    writeFileSync(mixed, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
    const pasted = (await loadDataset(mixed)).rows;
    expect(() => refuseSealed(pasted, seals, 'training')).toThrow(
      expect.objectContaining({ code: 'FETTLE_SEALED', problems: expect.objectContaining({ length: sealedLines.length }) }),
    );
    expect(() => refuseSealed(split.train.rows, seals, 'training')).not.toThrow();
  });

  test('a tenth more rows, anywhere in the file, moves none', async () => {
    const partsOf = (split: Awaited<ReturnType<typeof seal>>) =>
      new Map((['train', 'validation', 'test'] as const).flatMap((part) => split[part].rows.map((one) => [one.hash, part] as const)));
    const first = partsOf(await seal());
    const old = readFileSync(data, 'utf8').trim().split('\n');
    for (const [i, at] of [0, 7, 7, 39].entries()) old.splice(at, 0, JSON.stringify(row(200 + i)));
    writeFileSync(data, `${old.reverse().join('\n')}\n`);
    const second = partsOf(await seal());
    expect(second.size).toBe(44);
    for (const [hash, part] of first) expect(second.get(hash)).toBe(part);
  });

  test('a later split keeps sealed rows in test, and never unseals', async () => {
    const first = await seal();
    const { split } = await splitWithSeals(await loadDataset(data), { ...config, seed: 1, test: 0.2, train: 0.7 });
    const hashes = new Set(split.test.rows.map((one) => one.hash));
    expect(first.test.rows.every((one) => hashes.has(one.hash))).toBe(true);
    writeFileSync(data, Array.from({ length: 40 }, (_, i) => `${JSON.stringify(row(i + 100))}\n`).join(''));
    await seal();
    const [kept] = await findSeals({ data: [data] });
    expect(first.test.rows.every((one) => kept!.sealed.has(one.hash))).toBe(true);
  });
});

describe('openings', () => {
  const log = () => join(place, '.fettle/seals/rows.openings.jsonl');
  const open = async (reason: string) =>
    openSealed((await loadDataset(data)).rows, await findSeals({ data: [data] }), { run: 'runs/a', reason });

  test('are counted and logged', async () => {
    await seal();
    expect(await open('final exam')).toEqual({ times: 1, edited: false, rows: 4 });
    expect(await open('second look')).toEqual({ times: 2, edited: false, rows: 4 });
    const { openings } = await readOpenings(join(place, '.fettle/seals/rows.json'));
    expect(openings.map(({ reason, rows }) => [reason, rows])).toEqual([
      ['final exam', 4],
      ['second look', 4],
    ]);
  });

  test('need a reason, and rows that are sealed', async () => {
    await seal();
    await expect(open(' ')).rejects.toMatchObject({ code: 'FETTLE_USAGE' });
    expect(await openSealed([], await findSeals({ data: [data] }), { run: 'r', reason: 'x' })).toEqual({
      times: 0,
      edited: false,
      rows: 0,
    });
  });

  test.each([
    ['a changed line', (text: string) => text.replace('second', 'first')],
    ['a dropped line', (text: string) => text.split('\n').slice(1).join('\n')],
    ['a dropped last line', (text: string) => `${text.split('\n').slice(0, 1).join('\n')}\n`],
    ['an empty log', () => ''],
    ['a forged line', (text: string) => `${text}{"date":"x","run":"r","reason":"y","rows":1,"prev":"","hash":""}\n`],
  ])('say that the log was edited: %s', async (_name, edit) => {
    await seal();
    await open('first');
    await open('second');
    writeFileSync(log(), edit(readFileSync(log(), 'utf8')));
    expect((await readOpenings(join(place, '.fettle/seals/rows.json'))).edited).toBe(true);
    expect((await open('third')).edited).toBe(true);
    expect((await open('fourth')).edited).toBe(true);
  });

  test('survive a crash between the log and its count', async () => {
    await seal();
    await open('first');
    const path = join(place, '.fettle/seals/rows.json');
    const counted = readFileSync(path, 'utf8');
    await open('second');
    writeFileSync(path, counted);
    expect((await readOpenings(path)).edited).toBe(false);
    expect(await open('third')).toMatchObject({ times: 3, edited: false });
  });

  test('are kept by a later split', async () => {
    await seal();
    await open('first');
    await seal();
    expect(await open('second')).toMatchObject({ times: 2, edited: false });
  });
});
