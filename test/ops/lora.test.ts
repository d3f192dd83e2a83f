import { describe, expect, it } from 'vitest';
import { activations, expectLikeOracle, indices, matrix, random, runOn, tiers, tolerance, valuesOf, vector, zeros } from './support.ts';

const floats = (...values: number[]) => vector(values.length, (i) => values[i]!);

const shapes = [
  { rows: 1, k: 64, n: 192, rank: 16, adapters: 1 },
  { rows: 7, k: 576, n: 1536, rank: 16, adapters: 3 },
  { rows: 16, k: 130, n: 33, rank: 5, adapters: 4 },
  { rows: 129, k: 31, n: 264, rank: 64, adapters: 2 },
  { rows: 3, k: 1, n: 1, rank: 1, adapters: 2 },
];

describe.each(tiers)('rows with adapters of their own on %s', (tier) => {
  it.each(shapes)('%o', ({ rows, k, n, rank, adapters }) => {
    for (const type of activations) {
      const next = random(rows + k);
      const index = indices(Array.from({ length: rows }, (_, t) => ((t * 5 + 1) % (adapters + 1)) - 1));
      const scales = vector(adapters, (i) => 0.5 + i);
      const a = matrix(type, adapters * rank, k, next);
      const shrink = { x: matrix(type, rows, k, next), a, index, scales, s: matrix(type, rows, rank, next) };
      expectLikeOracle(tier, 'lora_shrink', shrink, ['s'], tolerance[type]);
      const b = matrix(type, adapters * rank, n, next);
      const expand = { s: matrix(type, rows, rank, next), b, index, y: matrix(type, rows, n, next) };
      expectLikeOracle(tier, 'lora_expand', expand, ['y'], tolerance[type]);
    }
  });

  it('an adapter that is not there is refused', () => {
    const [x, a, s] = [zeros('f32', 1, 8), zeros('f32', 6, 8), zeros('f32', 1, 3)];
    const run = (index: number) => runOn(tier, 'lora_shrink', { x, a, index: indices([index]), scales: floats(1, 1), s });
    run(-1);
    expect(() => run(2)).toThrow(/index\[0\] must be in \[-1, 2\), found 2/);
    expect(() => runOn(tier, 'lora_expand', { s, b: a, index: indices([-2]), y: zeros('f32', 1, 8) })).toThrow(/index\[0\]/);
    expect(() => runOn(tier, 'lora_expand', { s, b: zeros('f32', 5, 8), index: indices([0]), y: zeros('f32', 1, 8) })).toThrow(
      /whole adapters of 3 rows, found 5/,
    );
  });
});

it('together they are the linear with its adapter', () => {
  const next = random(2);
  const [rows, k, n, rank] = [3, 40, 24, 4];
  const [x, w, a, b] = [
    matrix('f32', rows, k, next),
    matrix('f32', n, k, next),
    matrix('f32', rank, k, next),
    matrix('f32', n, rank, next),
  ];
  const linear = (args: object) => runOn('scalar', 'linear_forward', { x, w, y: zeros('f32', rows, n), ...args }).y!;
  const s = runOn('scalar', 'linear_forward', { x, w: a, y: zeros('f32', rows, rank), alpha: 2 }).y!;
  const expected = linear({ lora_s: s, lora_b: b });

  // its pair is the second of two
  const filler = (_: number, __: number) => 9;
  const second = (values: number[], cols: number) =>
    matrix('f32', 2 * rank, cols, (r, c) => (r < rank ? filler(r, c) : values[(r - rank) * cols + c]!));
  const transposed = Array.from({ length: rank * n }, (_, i) => valuesOf(b)[(i % n) * rank + Math.floor(i / n)]!);
  const index = indices([1, -1, 1]);
  const shrunk = runOn('scalar', 'lora_shrink', {
    x,
    a: second(valuesOf(a), k),
    index,
    scales: floats(7, 2),
    s: zeros('f32', rows, rank),
  }).s!;
  const found = runOn('scalar', 'lora_expand', { s: shrunk, b: second(transposed, n), index, y: linear({}) }).y!;
  const [all, base] = [valuesOf(expected), valuesOf(linear({}))];
  for (const [i, y] of valuesOf(found).entries()) expect(y).toBeCloseTo(Math.floor(i / n) === 1 ? base[i]! : all[i]!, 5);
});
