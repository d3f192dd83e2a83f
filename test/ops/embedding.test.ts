import { describe, expect, it } from 'vitest';
import {
  activations,
  dot,
  expectGradient,
  expectLikeOracle,
  indices,
  matrix,
  random,
  runOn,
  tiers,
  tolerance,
  valuesOf,
  zeros,
} from './support.ts';

describe('embedding', () => {
  const shapes = [
    [1, 1],
    [7, 33],
    [64, 64],
    [33, 264],
    [129, 515],
  ] as const;

  it.each(tiers)('looks rows up and scales them, like the oracle: %s', (tier) => {
    for (const table of activations) {
      for (const y of activations) {
        for (const [rows, cols] of shapes) {
          const next = random(rows);
          const args = {
            ids: indices(Array.from({ length: rows }, (_, t) => (t * 7) % 11)),
            table: matrix(table, 11, cols, next),
            y: zeros(y, rows, cols),
            scale: 1.75,
          };
          expectLikeOracle(tier, 'embedding_forward', args, ['y'], tolerance[y]);
        }
      }
    }
  });

  it.each(tiers)('adds gradients of repeated tokens in order, like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, cols] of shapes) {
        const next = random(rows);
        const ids = indices(Array.from({ length: rows }, (_, t) => (t * t) % 5));
        const args = { ids, dy: matrix(dtype, rows, cols, next), dtable: matrix('f32', 5, cols, next), scale: 0.5 };
        expectLikeOracle(tier, 'embedding_backward', args, ['dtable'], tolerance.f32);
      }
    }
  });

  it('has the gradient of its forward pass', () => {
    const next = random(5);
    const ids = indices([3, 0, 3, 1]);
    const table = matrix('f32', 4, 9, next);
    const dy = matrix('f32', 4, 9, next);
    const { dtable } = runOn('scalar', 'embedding_backward', { ids, dy, dtable: zeros('f32', 4, 9), scale: 3 });
    expectGradient(table, dtable!, () => dot(runOn('scalar', 'embedding_forward', { ids, table, y: zeros('f32', 4, 9), scale: 3 }).y!, dy));
  });

  it('names the token that lies outside the table', () => {
    for (const tier of ['scalar', ...tiers]) {
      const args = { ids: indices([0, 4]), table: zeros('f32', 4, 2), y: zeros('f32', 2, 2) };
      expect(() => runOn(tier, 'embedding_forward', args)).toThrow(/ids\[1\] must be in \[0, 4\), found 4/);
    }
  });

  it('copies the exact values when the scale is 1', () => {
    const table = matrix('bf16', 6, 40, random(1));
    const { y } = runOn(tiers[0]!, 'embedding_forward', { ids: indices([5]), table, y: zeros('f32', 1, 40) });
    expect(valuesOf(y!)).toEqual(valuesOf(table).slice(5 * 40));
  });
});
