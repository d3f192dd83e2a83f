import { describe, expect, it } from 'vitest';
import { expectLikeOracle, matrix, random, runOn, tiers, valuesOf } from './support.ts';

describe('soft_cap', () => {
  it.each(tiers)('like the oracle: %s', (tier) => {
    for (const [rows, cols] of [
      [1, 1],
      [7, 33],
      [64, 515],
      [3, 264],
    ] as const) {
      const next = random(cols);
      expectLikeOracle(tier, 'soft_cap', { x: matrix('f32', rows, cols, () => 90 * next()), cap: 30 }, ['x'], 1e-6);
    }
  });

  it.each(['scalar', ...tiers])('is cap * tanh(x / cap): %s', (tier) => {
    const values = [-1000, -3, 0, 1e-4, 3, 1000];
    const { x } = runOn(tier, 'soft_cap', { x: matrix('f32', 1, values.length, (_, c) => values[c]!), cap: 2 });
    for (const [i, v] of valuesOf(x!).entries()) expect(v).toBeCloseTo(2 * Math.tanh(values[i]! / 2), 5);
  });
});
