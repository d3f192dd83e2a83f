import { describe, expect, it } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { activations, expectLikeOracle, indices, matrix, random, runOn, tiers, valuesOf, zeros } from './support.ts';

function where(rows: number): { row_ids: OpTensor; positions: OpTensor } {
  const row_ids: OpTensor = { data: Uint32Array.from({ length: rows }, (_, r) => r >> 3), dtype: 'u32', shape: [rows] };
  return { row_ids, positions: indices(Array.from({ length: rows }, (_, r) => r & 7)) };
}

const key = (seed: number, step: number): OpTensor => ({ data: Uint32Array.of(seed, step), dtype: 'u32', shape: [2] });

/** 1 where kept. */
function mask(args: { rows?: number; cols?: number; p: number; seed?: number; step?: number; site?: number }, tier = 'scalar'): number[] {
  const { rows = 16, cols = 100, seed = 0, step = 0, ...rest } = args;
  const x = matrix('f32', rows, cols, () => 1);
  const { y } = runOn(tier, 'dropout', { x, y: zeros('f32', rows, cols), key: key(seed, step), ...where(rows), ...rest });
  return valuesOf(y!).map((v) => (v === 0 ? 0 : 1));
}

describe('dropout', () => {
  it.each(tiers)('bit-equal to the oracle, in place and added: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, cols] of [
        [1, 1],
        [7, 33],
        [64, 64],
        [129, 100],
        [5, 264],
        [2, 20011],
      ] as const) {
        const next = random(cols);
        const x = matrix(dtype, rows, cols, next);
        const rest = { ...where(rows), p: 0.1, key: key(7, 3), site: 11 };
        expectLikeOracle(tier, 'dropout', { x, y: zeros(dtype, rows, cols), ...rest }, ['y'], 0);
        expectLikeOracle(tier, 'dropout', { x, y: x, ...rest }, ['y'], 0);
        // a fused multiply-add rounds once where the oracle rounds twice
        const sum = { x, y: matrix(dtype, rows, cols, next), ...rest, accumulate: 1 };
        expectLikeOracle(tier, 'dropout', sum, ['y'], dtype === 'f32' ? 1e-7 : 2 ** -7);
      }
    }
  });

  it('keeps the expectation: threshold / 256 of the elements, scaled by its inverse', () => {
    const kept = mask({ rows: 64, cols: 1000, p: 0.25 });
    expect(kept.reduce((a, b) => a + b) / kept.length).toBeCloseTo(0.75, 2);
    const args = { x: matrix('f32', 1, 64, () => 3), y: zeros('f32', 1, 64), key: key(0, 0), ...where(1), p: 0.25 };
    const { y } = runOn('scalar', 'dropout', args);
    expect(new Set(valuesOf(y!))).toEqual(new Set([0, 4]));
  });

  it('p 0 keeps everything', () => {
    expect(mask({ p: 0 })).toEqual(new Array(1600).fill(1));
  });

  it('depends on seed, step, site, row and position, and on nothing else', () => {
    const base = mask({ p: 0.5 });
    for (const other of [{ seed: 1 }, { step: 1 }, { site: 1 }]) expect(mask({ p: 0.5, ...other })).not.toEqual(base);
    expect(base.slice(0, 100)).not.toEqual(base.slice(100, 200));
    expect(base.slice(0, 100)).not.toEqual(base.slice(800, 900));
    const half = mask({ p: 0.5, rows: 8, cols: 50 });
    for (let r = 0; r < 8; r++) expect(half.slice(r * 50, r * 50 + 50)).toEqual(base.slice(r * 100, r * 100 + 50));
  });

  it('is the published Philox4x32-7 stream', () => {
    // Random123's known answers, 7 rounds: counter 0, key 0 gives 5f6fb709 0d893f64 4f121f81 4f730a48
    const words = [0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48];
    const bytes = words.flatMap((w) => [w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24]);
    for (const threshold of [32, 128, 200]) {
      expect(mask({ rows: 1, cols: 16, p: 1 - threshold / 256 })).toEqual(bytes.map((b) => (b < threshold ? 1 : 0)));
    }
  });

  it('refuses a p outside [0, 1)', () => {
    expect(() => mask({ p: 1 })).toThrow(/p must be in \[0, 1\), found 1/);
  });
});
