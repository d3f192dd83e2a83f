import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compareResults, missing } from '../../src/bench/compare.ts';
import { type Figure, parseResult } from '../../src/bench/result.ts';
import { spread } from '../../src/bench/statistics.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

function figure(name: string, values: number[], more: Partial<Figure> = {}): Figure {
  return { type: 'figure', name, unit: 'tokens/s', better: 'higher', ...spread(values), ceiling: null, bound: null, ...more };
}
const verdictOf = (a: Figure, b: Figure) => compareResults([a], [b])[0]!.verdict;

test('quantiles lie between the samples', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ min: 1, p25: 1.75, median: 2.5, p75: 3.25, max: 4, samples: 4 });
  expect(spread([7])).toEqual({ min: 7, p25: 7, median: 7, p75: 7, max: 7, samples: 1 });
});

test('better and worse stand apart from noise', () => {
  const a = figure('step', [98, 99, 100, 101, 102]);
  expect(verdictOf(a, figure('step', [118, 119, 120, 121, 122]))).toBe('better');
  expect(verdictOf(a, figure('step', [80, 81, 82]))).toBe('worse');
  expect(verdictOf(a, figure('step', [99, 100.5, 101]))).toBe('noise');
  expect(verdictOf(a, figure('step', [80, 110, 140])), 'far apart, but so are its own samples').toBe('noise');
  expect(verdictOf(figure('memory', [100], { better: 'lower' }), figure('memory', [80], { better: 'lower' }))).toBe('better');
  expect(verdictOf(figure('memory', [100], { better: 'lower' }), figure('memory', [105], { better: 'lower' }))).toBe('noise');
});

test('shares of the ceilings are compared too, and every system has its own line', () => {
  const a = [figure('step', [500], { ceiling: 1000, bound: 'bf16' })];
  const b = [
    figure('step', [200], { ceiling: 800, bound: 'bf16', system: 'one' }),
    figure('step', [100], { system: 'two' }),
    figure('other', [1]),
  ];
  expect(compareResults(a, b)).toMatchObject([
    { systems: ['fettle', 'one'], ratio: 0.4, ratio_of_shares: 0.5 },
    { systems: ['fettle', 'two'], ratio: 0.2, ratio_of_shares: null },
  ]);
  expect(missing(a, b)).toEqual({ only_a: [], only_b: ['other'] });
});

test('bench/compare.ts prints ratios and ends with 1 when something got worse', () => {
  const folder = temporaryFolder();
  const write = (name: string, lines: Figure[]) => {
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return join(folder, name);
  };
  const a = write('a.json', [figure('step', [100, 101, 102])]);
  const b = write('b.json', [figure('step', [50, 51, 52])]);
  const script = fileURLToPath(new URL('../../bench/compare.ts', import.meta.url));
  const run = (...files: string[]) => spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });
  const worse = run(a, b);
  expect(worse.stdout).toMatch(/step +101 +51\.0 +tokens\/s +0\.505 x +-\n/);
  expect(worse.status).toBe(1);
  expect(run(b, a)).toMatchObject({ status: 0 });
  expect(run(a)).toMatchObject({ status: 2 });
});

test('a line that is no result is refused', () => {
  expect(() => parseResult('{"type":"figure","name":"step"}')).toThrow(/unit/);
});
