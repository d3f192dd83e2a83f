/** Figures of clean answers replaced by wrong ones, of which many stand in the facts for something else. */
import { expect, test } from 'vitest';
import { claimsOf } from '../../src/data/claims.ts';
import { linesFound } from './support/measure-planted.ts';
import { clinic, clinicFacts } from './support/third-set/clinic.ts';

const row = (question: string, answer: string) => ({ instruction: question, output: answer });
const known = claimsOf(clinicFacts);
const words = 'one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** Every answer whose first figure the facts have, with another value in its place. */
function wrong(other: (value: number, unit: string) => string | undefined): object[] {
  return clinic.flatMap(([question, answer]) => {
    const claim = claimsOf(answer).find(({ key, kind }) => kind === 'quantity' && known.some((fact) => fact.key === key));
    const value = claim === undefined ? undefined : other(claim.value!, claim.unit);
    if (claim === undefined || value === undefined) return [];
    const changed = claim.text.replace(/\d+/, value);
    return changed === claim.text ? [] : [row(question, answer.slice(0, claim.at) + changed + answer.slice(claim.at + claim.text.length))];
  });
}

test.each([
  [
    'a value that the facts have for something else',
    0.7,
    (value: number, unit: string) => {
      const others = known.filter((fact) => fact.unit === unit && fact.value !== value);
      return others.length === 0 ? undefined : String(others[Math.floor(value) % others.length]!.value);
    },
  ],
  ['one more', 0.85, (value: number) => String(value + 1)],
  ['a number in words', 0.85, (value: number, unit: string) => (unit === '$' || value > 9 ? undefined : words[value + 2])],
  ['another price', 0.95, (value: number, unit: string) => (unit === '$' ? String(value + 10) : undefined)],
] as const)('%s', async (_, least, other) => {
  const rows = wrong(other);
  expect(rows.length).toBeGreaterThan(15);
  expect((await linesFound(rows, clinicFacts)).size / rows.length).toBeGreaterThanOrEqual(least);
});

test('the right figures are not suspected', async () => {
  const rows = clinic.map(([question, answer]) => row(question, answer));
  expect(await linesFound(rows, clinicFacts)).toEqual(await linesFound(rows));
});
