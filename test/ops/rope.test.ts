import { describe, expect, it } from 'vitest';
import {
  activations,
  dot,
  expectGradient,
  expectLikeOracle,
  indices,
  matrix,
  maxRelError,
  random,
  runOn,
  tiers,
  tolerance,
  valuesOf,
} from './support.ts';

function tables(half: number) {
  const angle = (p: number, i: number) => p * 10000 ** (-i / half);
  return { cos: matrix('f32', 40, half, (p, i) => Math.cos(angle(p, i))), sin: matrix('f32', 40, half, (p, i) => Math.sin(angle(p, i))) };
}

describe('rope', () => {
  it.each(tiers)('turns pairs like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, heads, dim, half] of [
        [1, 1, 2, 1],
        [7, 3, 10, 5],
        [64, 2, 64, 32],
        [129, 5, 80, 20],
        [5, 9, 128, 64],
        [3, 2, 80, 40],
      ] as const) {
        for (const inverse of [0, 1]) {
          const positions = indices(Array.from({ length: rows }, (_, t) => (t * 13) % 40));
          const args = { x: matrix(dtype, rows, heads * dim, random(dim)), positions, ...tables(half), heads, inverse };
          expectLikeOracle(tier, 'rope', args, ['x'], tolerance[dtype]);
        }
      }
    }
  });

  it('turns (x[i], x[i + half]) by the angle of the position and leaves the rest of a head alone', () => {
    const x = matrix('f32', 1, 6, (_, c) => c + 1);
    const turned = valuesOf(runOn('scalar', 'rope', { x, positions: indices([3]), ...tables(2), heads: 1 }).x!);
    const angles = [3, 3 * 0.01];
    const expected = [0, 1].map((i) => (i + 1) * Math.cos(angles[i]!) - (i + 3) * Math.sin(angles[i]!));
    expected.push(...[0, 1].map((i) => (i + 3) * Math.cos(angles[i]!) + (i + 1) * Math.sin(angles[i]!)), 5, 6);
    expect(maxRelError(turned, expected)).toBeLessThan(1e-6);
  });

  it.each(['scalar', ...tiers])('inverse turns back and is the gradient: %s', (tier) => {
    const shared = { positions: indices([0, 39, 7]), ...tables(8), heads: 2 };
    const x = matrix('f32', 3, 32, random(3));
    const there = runOn(tier, 'rope', { x, ...shared }).x!;
    expect(maxRelError(valuesOf(runOn(tier, 'rope', { x: there, ...shared, inverse: 1 }).x!), valuesOf(x))).toBeLessThan(1e-6);
    const dy = matrix('f32', 3, 32, random(4));
    expectGradient(x, runOn(tier, 'rope', { x: dy, ...shared, inverse: 1 }).x!, () => dot(runOn(tier, 'rope', { x, ...shared }).x!, dy));
  });

  it('refuses a position outside the table', () => {
    const args = { x: matrix('f32', 1, 4, () => 1), positions: indices([40]), ...tables(2), heads: 1 };
    for (const tier of ['scalar', ...tiers]) expect(() => runOn(tier, 'rope', args)).toThrow(/positions\[0\] must be in \[0, 40\)/);
  });
});
