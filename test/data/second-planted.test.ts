/** The same measure as planted.test.ts on another set: a bank (messages), a library in German, a coding assistant. */
import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { cleanSets, secondSets } from './support/second-set/planted.ts';
import { dataFile } from './support/write-data.ts';

async function linesFound(rows: readonly object[]): Promise<Set<number | null>> {
  const found = new Set<number | null>();
  for await (const one of checkDataset(dataFile(rows))) {
    if ('summary' in one || one.severity === 'note') continue;
    found.add(one.line);
    if (one.of_line !== undefined) found.add(one.of_line);
  }
  return found;
}

test('at least 95 % of the flaws, at most 3 % of the clean rows', async () => {
  const missed: string[] = [];
  let [flaws, clean, alarms] = [0, 0, 0];
  for (const set of secondSets()) {
    const found = await linesFound(set.rows);
    const dirty = new Set([...set.flaws.map(({ line }) => line), ...set.twins]);
    missed.push(...set.flaws.filter(({ line }) => !found.has(line)).map(({ kind }) => `${set.name}: ${kind}`));
    flaws += set.flaws.length;
    clean += set.rows.length - dirty.size;
    alarms += [...found].filter((line) => line !== null && !dirty.has(line)).length;
  }
  expect(flaws).toBeGreaterThan(150);
  expect(missed.length / flaws, missed.join(', ')).toBeLessThanOrEqual(0.05);
  expect(alarms / clean).toBeLessThanOrEqual(0.03);
});

test.each(cleanSets())('clean rows of a $name: none is suspected', async ({ rows }) => {
  expect([...(await linesFound(rows))]).toEqual([]);
});
