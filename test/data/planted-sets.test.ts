/** The same measure as planted.test.ts on other sets, written without a look at the detectors. */
import { expect, test } from 'vitest';
import { fourthSets } from './support/fourth-set/planted.ts';
import { linesFound, measurePlanted } from './support/measure-planted.ts';
import { cleanSets, secondSets } from './support/second-set/planted.ts';
import { thirdSets } from './support/third-set/planted.ts';

test.each([
  { name: 'a bank (messages), a library in German, a coding assistant', sets: secondSets() },
  { name: 'a clinic from templates (ShareGPT), legal advice (alpaca), a travel office in Spanish and French', sets: thirdSets() },
  { name: 'a recipe app (conversations of several turns), a staff handbook (completions)', sets: fourthSets() },
])('$name: at least 95 % of the flaws, at most 3 % of the clean rows', async ({ sets }) => {
  const { flaws, kinds, missed, clean, alarms } = await measurePlanted(sets);
  expect(flaws).toBeGreaterThanOrEqual(80);
  expect(kinds).toBeGreaterThanOrEqual(15);
  expect(missed.length / flaws, missed.join(', ')).toBeLessThanOrEqual(0.05);
  expect(alarms / clean).toBeLessThanOrEqual(0.03);
});

test.each(cleanSets())('clean rows of a $name: none is suspected', async ({ rows }) => {
  expect([...(await linesFound(rows))]).toEqual([]);
});
