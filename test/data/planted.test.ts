/** Recall and false alarms of `fettle check` on clean rows with known flaws planted in them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plantFlaws } from '../../scripts/plant-flaws.mjs';
import { checkDataset } from '../../src/data/check.ts';
import { dataFile } from './support/write-data.ts';

const example = (name: string) => readFileSync(new URL(`../../examples/zenith/${name}`, import.meta.url), 'utf8');
const clean = example('zenith.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const facts = example('policy.md');

test.each([1, 2, 3])('planted set %i: at least 95 % of the flaws, at most 3 %% of the clean rows', async (seed) => {
  const { rows, flaws } = plantFlaws(clean, seed);
  const found = new Set<number | null>();
  for await (const one of checkDataset(dataFile(rows), { facts })) {
    if ('summary' in one || one.severity === 'note') continue;
    found.add(one.line);
    if (one.of_line !== undefined) found.add(one.of_line);
  }
  const planted = flaws.filter(({ kind }) => kind !== 'twin');
  const missed = planted.filter(({ line }) => !found.has(line)).map(({ kind }) => kind);
  const dirty = new Set(flaws.map(({ line }) => line));
  const alarms = [...found].filter((line) => line !== null && !dirty.has(line));
  expect(new Set(planted.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(15);
  expect(missed.length / planted.length, missed.join(', ')).toBeLessThanOrEqual(0.05);
  expect(alarms.length / (rows.length - dirty.size), alarms.join(', ')).toBeLessThanOrEqual(0.03);
});

test('Zenith itself: no findings, its policy given as facts or not', async () => {
  for (const options of [{}, { facts }]) {
    const codes: string[] = [];
    for await (const one of checkDataset(dataFile(clean), options)) if (!('summary' in one)) codes.push(one.code);
    expect(codes).toEqual([]);
  }
});
