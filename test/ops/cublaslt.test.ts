import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { opPlans } from '../../src/native/ops.ts';
import { type Args, device, matrix, maxRelError, random, runOn, tiers, valuesOf, weight } from './support.ts';

/** The engine's side of cuBLASLt, against a library that stands in for it (cublaslt/fake.cpp) and works on the emulated device's memory. */
const folder = mkdtempSync(join(tmpdir(), 'fettle-cublaslt-'));
const library = join(folder, 'libcublasLt.so');
const emulated = tiers.includes('simt aligned');

beforeAll(() => {
  const source = fileURLToPath(new URL('./cublaslt/fake.cpp', import.meta.url));
  const compiler = process.env.CXX ?? 'c++';
  const { status, stderr } = spawnSync(compiler, ['-std=c++20', '-O1', '-shared', '-fPIC', '-o', library, source], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  process.env.FETTLE_CUBLASLT = library; // read when the first product is planned
});
afterAll(() => {
  delete process.env.FETTLE_CUDA_CONFIG;
  rmSync(folder, { recursive: true });
});

function expectLibraryRight(op: string, args: Args, output: string, limit: number): void {
  delete process.env.FETTLE_CUDA_CONFIG;
  expect(opPlans(op, aligned(args), device)).toContain('cublaslt*1');
  const expected = valuesOf(runOn('scalar', op, args)[output]!);
  process.env.FETTLE_CUDA_CONFIG = `${op}:cublaslt`;
  expect(maxRelError(valuesOf(runOn('simt aligned', op, args)[output]!), expected)).toBeLessThanOrEqual(limit);
}

/** Rows without guards, as the engine has them. */
const aligned = (args: Args): Args =>
  Object.fromEntries(
    Object.entries(args).map(([key, t]) => {
      if (typeof t !== 'object' || t.dtype === 'nf4' || t.shape.length === 1) return [key, t];
      const values = valuesOf(t);
      return [key, matrix(t.dtype as 'bf16', t.shape[0]!, t.shape[1]!, (r, c) => values[r * t.shape[1]! + c]!, 0)];
    }),
  );

describe.skipIf(!emulated)('cuBLASLt on simt', () => {
  const [m, n, k, r] = [24, 40, 64, 8];
  test.each(['bf16', 'nf4'] as const)('products with %s weights, adapters, alpha, sums in place', (kind) => {
    const next = random(7);
    const w = kind === 'nf4' ? weight(kind, n, k, next) : matrix('bf16', n, k, next);
    const [s, b, a] = [matrix('bf16', m, r, next), matrix('bf16', n, r, next), matrix('bf16', r, k, next)];
    const forward = { x: matrix('bf16', m, k, next), w, lora_s: s, lora_b: b, y: matrix('bf16', m, n, next), alpha: 0.5, accumulate: 1 };
    expectLibraryRight('linear_forward', forward, 'y', 2 ** -6);
    const backward = { dy: matrix('bf16', m, n, next), w, lora_ds: s, lora_a: a, dx: matrix('f32', m, k, next), accumulate: 1 };
    expectLibraryRight('linear_backward_input', backward, 'dx', 1e-5);
    const weights = { dy: matrix('bf16', m, n, next), x: matrix('bf16', m, k, next), dw: matrix('f32', n, k, next) };
    expectLibraryRight('linear_backward_weight', weights, 'dw', 1e-5);
  });

  test('a product with a bias is not for it', () => {
    const next = random(1);
    const args = { x: matrix('bf16', m, k, next, 0), w: matrix('bf16', n, k, next, 0), y: matrix('bf16', m, n, next, 0) };
    const bias = { data: new Float32Array(n), dtype: 'f32', shape: [n] } as const;
    expect(opPlans('linear_forward', args, device)).toContain('cublaslt*1');
    expect(opPlans('linear_forward', { ...args, bias: { ...bias, shape: [n] } }, device)).not.toContain('cublaslt*1');
  });
});
