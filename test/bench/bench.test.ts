import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ideal } from '../../src/bench/ceilings.ts';
import { profileRows } from '../../src/bench/profile.ts';
import { parseResult } from '../../src/bench/result.ts';
import { runCli } from '../cli/run-cli.ts';

test('bench --quick --json gives the machine, its ceilings, and figures with their spread', () => {
  const { stdout, code } = runCli([
    'bench',
    '--op',
    'rope',
    '--step',
    '--decode',
    '--sequences',
    '4',
    '--checkpointing',
    'full',
    '--profile',
    '--quick',
    '--json',
  ]);
  expect(code).toBe(0);
  const [machine, ...figures] = parseResult(stdout);
  if (machine?.type !== 'machine') throw new Error('the first line is not the machine');
  for (const ceilings of [machine.one_thread, machine.all_threads]) {
    for (const rate of Object.values(ceilings)) expect(rate).toBeGreaterThan(1e8);
  }
  const names = figures.map((line) => (line.type === 'figure' ? line.name : ''));
  expect(names).toContain('rope bf16 2048 x 576');
  expect(names).toContain('step tiny 2x32 lora nf4 bf16 full');
  expect(names).toContain('memory of step tiny 2x32 lora nf4 bf16 full');
  expect(names).toContain('decode tiny nf4 bf16 lora 4 together');
  expect(figures.filter((line) => line.type === 'profile').map(({ name }) => name)).toEqual([
    'step tiny 2x32 lora nf4 bf16 full',
    'decode tiny nf4 bf16 4 together',
    'decode tiny nf4 bf16 lora 4 together',
  ]);
  for (const line of figures.filter((line) => line.type === 'figure')) {
    expect(line.min).toBeGreaterThan(0);
    expect(line.min).toBeLessThanOrEqual(line.median);
    expect(line.median).toBeLessThanOrEqual(line.max);
    if (line.name.startsWith('step')) expect(line.ceiling).toBeGreaterThan(line.median);
  }
});

test('every op has a file of benchmarks', () => {
  const files = (folder: string, suffix: string) =>
    readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)))
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, -suffix.length));
  const kernels = files('csrc/backend/cpu/scalar', '.cpp');
  expect(files('bench/ops', '.bench.ts').sort()).toEqual(kernels.filter((name) => existsSync(`csrc/ops/${name}.h`)).sort());
});

test('what is not known is a usage error', () => {
  for (const args of [
    ['--step', '13b'],
    ['--op', 'nothing'],
    ['--batch', '8'],
    ['--method', 'half'],
  ]) {
    expect(runCli(['bench', '--quick', ...args])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('FETTLE_USAGE') });
  }
});

const ceilings = { f32: 100e9, bf16: 200e9, read: 10e9, copy: 10e9 };

test('an op is bound by its products or by its bytes, whichever take longer', () => {
  expect(ideal({ flops: 200e9, bytes: 1e9, products: 'bf16' }, ceilings)).toEqual({ seconds: 1, bound: 'bf16' });
  expect(ideal({ flops: 200e9, bytes: 1e9, products: 'f32' }, ceilings)).toEqual({ seconds: 2, bound: 'f32' });
  expect(ideal({ flops: 1e9, bytes: 5e9, products: 'bf16' }, ceilings)).toEqual({ seconds: 0.5, bound: 'read' });
});

test('a profile adds up, the dearest op first, and tells shapes apart when asked', () => {
  const timing = { op: 'linear_forward', calls: 2, products: 'bf16', shape: [8, 16, 32] as [number, number, number] } as const;
  const ops = [
    { ...timing, op: 'add', seconds: 0.5, flops: 0, bytes: 1e9 },
    { ...timing, seconds: 2, flops: 200e9, bytes: 1 },
    { ...timing, shape: [8, 16, 64] as [number, number, number], seconds: 1, flops: 100e9, bytes: 1 },
  ];
  const rows = profileRows(ops, 4, ceilings, false);
  expect(rows).toMatchObject([
    { name: 'linear_forward', calls: 4, seconds: 3, share: 0.75, rate: 100, unit: 'GFLOP/s', of_ceiling: 0.5 },
    { name: 'add', calls: 2, seconds: 0.5, share: 0.125, rate: 2, unit: 'GB/s', of_ceiling: 0.2 },
    { name: 'outside of ops', seconds: 0.5, share: 0.125, rate: null },
  ]);
  expect(profileRows(ops, 4, ceilings, true).map(({ name }) => name)).toEqual([
    'linear_forward 8 x 16 x 32',
    'linear_forward 8 x 16 x 64',
    'add 8 x 16 x 32',
    'outside of ops',
  ]);
});
