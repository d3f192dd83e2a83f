import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { TunedCase } from '../../src/bench/device/tune.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { runCli } from '../cli/run-cli.ts';

const built = nativeAddon().deviceReport('simt').built;
const cache = mkdtempSync(join(tmpdir(), 'fettle-tune-'));
afterAll(() => rmSync(cache, { recursive: true }));

const tune = (args: string[], env: Record<string, string> = {}) =>
  runCli(['bench', '--tune', 'tiny', '--device', 'simt', '--quick', ...args], { env: { FETTLE_CACHE: cache, ...env } });

function product(home: string, env: Record<string, string> = {}): { file: string; bits: string } {
  const child = fileURLToPath(new URL('./product-child.ts', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [child], {
    encoding: 'utf8',
    env: { ...process.env, VITEST: '', FETTLE_CACHE: home, ...env },
  });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout);
}

describe.skipIf(!built)('bench --tune', () => {
  test('times every kind of way, and the device takes the one that was kept', { timeout: 120_000 }, () => {
    const { stdout, code } = tune(['--json', '--tokens', '70']);
    expect(code).toBe(0);
    const cases = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TunedCase);
    const kinds = (op: string) => new Set(cases.filter((one) => one.op === op).flatMap(({ ways }) => ways.map(({ kind }) => kind)));
    expect(kinds('linear_forward')).toEqual(new Set(['fused', 'dequantize + GEMM', 'GEMM']));
    expect(kinds('linear_backward_input')).toEqual(new Set(['fused', 'dequantize + GEMM', 'GEMM']));
    for (const { ways, share } of cases) {
      expect(ways).toEqual([...ways].sort((a, b) => a.seconds - b.seconds));
      expect(share).toBeNull();
    }
    const [file] = readdirSync(join(cache, 'tuning'));
    expect(file).toMatch(/^emulated-device_CUDA-0\.0_[0-9a-f]{16}\.txt$/);
    const lines = readFileSync(join(cache, 'tuning', file!), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(cases.length);
    const { op, weights, tokens, rows, columns, ways } = cases[0]!;
    expect(lines).toContain([op, weights, tokens, rows, columns, ways[0]!.plan].join(' '));
  });

  test('a shape that was measured runs as it was fastest, others and what does not fit as the cost model has it', {
    timeout: 120_000,
  }, () => {
    const home = mkdtempSync(join(cache, 'product-'));
    const usual = product(home);
    const forced = product(home, { FETTLE_CUDA_CONFIG: 'linear_forward:32x128*3' });
    expect(forced.bits).not.toBe(usual.bits);
    mkdirSync(dirname(usual.file), { recursive: true });
    for (const [line, expected] of [
      ['linear_forward bf16 128 64 1024 32x128*3', forced],
      ['linear_forward bf16 16 64 1024 32x128*3', forced], // the largest measured is for all that are larger
      ['linear_forward bf16 128 64 2048 32x128*3', usual],
      ['linear_forward bf16 128 64 1024 nf4_128x128*1', usual],
    ] as const) {
      writeFileSync(usual.file, `${line}\n`);
      expect(product(home), line).toEqual({ ...expected, file: usual.file });
    }
  });

  test('another GPU that is not there is exit code 3; a shape or device that is not known 2', () => {
    expect(tune(['--device', 'simt:1'])).toMatchObject({ code: 3, stdout: '' });
    expect(tune(['--device', 'cpu'])).toMatchObject({ code: 2, stdout: '' });
    expect(runCli(['bench', '--tune', '70b', '--device', 'simt'])).toMatchObject({ code: 2, stdout: '' });
  });
});
