import { expect, test } from 'vitest';
import { capped } from '../../scripts/check.mjs';

const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`).join('\n');

test('a failed check shows its first 60 lines, how many more there are, and what prints them', () => {
  expect(capped(`${lines(60)}\n`, ['tsc'])).toBe(lines(60));
  expect(capped(lines(75), ['tsc', '-p', 'x.json'])).toBe(`${lines(60)}\n... and 15 lines more: npx node tsc -p x.json`);
});
