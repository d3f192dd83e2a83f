import { describe, expect, it } from 'vitest';
import { activations, expectLikeOracle, indices, matrix, random, runOn, tiers, valuesOf, zeros } from './support.ts';

describe('gather_rows and scatter_rows', () => {
  it.each(tiers)('move exact copies, like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [from, to, cols] of [
        [1, 1, 1],
        [7, 3, 33],
        [9, 5, 264],
        [129, 64, 515],
      ] as const) {
        const index = indices(Array.from({ length: to }, (_, i) => (i * 2 + 1) % from));
        const next = random(cols);
        const gather = { x: matrix(dtype, from, cols, next), index, y: zeros(dtype, to, cols) };
        expectLikeOracle(tier, 'gather_rows', gather, ['y'], 0);
        expectLikeOracle(tier, 'scatter_rows', { x: matrix(dtype, to, cols, next), index, y: matrix(dtype, from, cols, next) }, ['y'], 0);
      }
    }
  });

  it('scatter undoes gather and keeps the other rows', () => {
    const x = matrix('f32', 5, 3, (r) => r);
    const index = indices([4, 1]);
    const { y } = runOn('scalar', 'gather_rows', { x, index, y: zeros('f32', 2, 3) });
    expect(valuesOf(y!)).toEqual([4, 4, 4, 1, 1, 1]);
    const back = runOn('scalar', 'scatter_rows', { x: y, index, y: matrix('f32', 5, 3, () => 9) });
    expect(valuesOf(back.y!)).toEqual([9, 9, 9, 1, 1, 1, 9, 9, 9, 9, 9, 9, 4, 4, 4]);
  });

  it('name the index that lies outside', () => {
    const x = zeros('f32', 2, 1);
    for (const tier of ['scalar', ...tiers]) {
      expect(() => runOn(tier, 'gather_rows', { x, index: indices([2]), y: zeros('f32', 1, 1) })).toThrow(
        /index\[0\] must be in \[0, 2\), found 2/,
      );
      expect(() => runOn(tier, 'scatter_rows', { x, index: indices([0, -1]), y: zeros('f32', 2, 1) })).toThrow(/index\[1\]/);
    }
  });
});
