import { describe, expect, it } from 'vitest';
import { activations, expectLikeOracle, fromBf16, matrix, random, runOn, tiers, toBf16, valuesOf, zeros } from './support.ts';

const shapes = [
  [1, 1],
  [7, 33],
  [129, 64],
  [5, 520],
  [1, 50001],
] as const;

describe('add and cast', () => {
  it.each(tiers)('bit-equal to the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, cols] of shapes) {
        const next = random(cols);
        const a = matrix(dtype, rows, cols, next);
        const b = matrix(dtype, rows, cols, next);
        expectLikeOracle(tier, 'add', { a, b, y: zeros(dtype, rows, cols) }, ['y'], 0);
        expectLikeOracle(tier, 'add', { a, b, y: b }, ['y'], 0);
        for (const to of activations) expectLikeOracle(tier, 'cast', { x: a, y: zeros(to, rows, cols) }, ['y'], 0);
      }
    }
  });

  it.each(['scalar', ...tiers])('rounds ties to even; denormals, infinities and NaN stay: %s', (tier) => {
    const special = [
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      1 + 2 ** -8 + 2 ** -20,
      3.4e38,
      1e-40,
      -1e-39,
      -0,
      Infinity,
      -Infinity,
      2 ** -133,
      2 ** -134 * 1.01,
    ];
    const x = matrix('f32', 1, special.length, (_, c) => special[c]!);
    const { y } = runOn(tier, 'cast', { x, y: zeros('bf16', 1, special.length) });
    expect(valuesOf(y!)).toEqual(special.map((v) => fromBf16(toBf16(v))));
    expect(valuesOf(y!).slice(0, 4)).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7, Infinity]);
    const nan = runOn(tier, 'cast', { x: matrix('f32', 1, 1, () => Number.NaN), y: zeros('bf16', 1, 1) });
    expect(valuesOf(nan.y!)[0]).toBeNaN();
  });

  it('refuse unlike shapes', () => {
    const x = zeros('f32', 2, 3);
    expect(() => runOn(tiers[0]!, 'add', { a: x, b: zeros('f32', 3, 2), y: x })).toThrow(/b must be \[2, 3\], found \[3, 2\]/);
    expect(() => runOn(tiers[0]!, 'cast', { x, y: { data: new Int32Array(6), dtype: 'i32', shape: [2, 3] } })).toThrow(
      /y must be f32 or bf16, found i32/,
    );
    expect(() => runOn('scalar', 'add', { a: x, b: x })).toThrow(/add: y is missing/);
  });
});
