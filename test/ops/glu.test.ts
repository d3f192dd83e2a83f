import { describe, expect, it } from 'vitest';
import { activations, dot, expectGradient, expectLikeOracle, matrix, random, runOn, tiers, tolerance, valuesOf, zeros } from './support.ts';

const names = ['silu', 'gelu_tanh'];
const shapes = [
  [1, 1],
  [7, 33],
  [64, 64],
  [129, 131],
  [7, 264],
  [1, 16387],
  [2, 16500],
] as const;

describe.each([0, 1])('glu, activation %i', (activation) => {
  it.each(tiers)(`${names[activation]} forward and backward like the oracle: %s`, (tier) => {
    for (const dtype of activations) {
      for (const [rows, cols] of shapes) {
        const next = random(cols);
        const gate = matrix(dtype, rows, cols, () => 6 * next());
        const up = matrix(dtype, rows, cols, next);
        expectLikeOracle(tier, 'glu_forward', { gate, up, y: zeros(dtype, rows, cols), activation }, ['y'], tolerance[dtype]);
        const dy = matrix(dtype, rows, cols, next);
        const apart = { gate, up, dy, dgate: zeros(dtype, rows, cols), dup: zeros(dtype, rows, cols), activation };
        expectLikeOracle(tier, 'glu_backward', apart, ['dgate', 'dup'], tolerance[dtype]);
        expectLikeOracle(tier, 'glu_backward', { ...apart, dgate: gate, dup: up }, ['dgate', 'dup'], tolerance[dtype]);
      }
    }
  });

  it('has the gradient of its forward pass', () => {
    const next = random(9);
    const gate = matrix('f32', 4, 10, () => 3 * next());
    const up = matrix('f32', 4, 10, next);
    const dy = matrix('f32', 4, 10, next);
    const loss = () => dot(runOn('scalar', 'glu_forward', { gate, up, y: zeros('f32', 4, 10), activation }).y!, dy);
    const back = { gate, up, dy, dgate: zeros('f32', 4, 10), dup: zeros('f32', 4, 10), activation };
    const { dgate, dup } = runOn('scalar', 'glu_backward', back);
    expectGradient(gate, dgate!, loss);
    expectGradient(up, dup!, loss);
  });

  it.each(['scalar', ...tiers])('stays finite far from zero: %s', (tier) => {
    const gate = matrix('f32', 1, 40, (_, c) => (c % 2 ? 1 : -1) * 10 ** (c / 4));
    const one = matrix('f32', 1, 40, () => 1);
    const args = { gate, up: one, dy: one, dgate: zeros('f32', 1, 40), dup: zeros('f32', 1, 40), activation };
    const { dgate, dup } = runOn(tier, 'glu_backward', args);
    expect([...valuesOf(dgate!), ...valuesOf(dup!)].every(Number.isFinite)).toBe(true);
    expect(valuesOf(dgate!).at(-1)).toBeCloseTo(1, 6);
    expect(valuesOf(dgate!).at(-2)).toBeCloseTo(0, 6);
  });
});

it('glu knows two activations', () => {
  const x = zeros('f32', 1, 1);
  expect(() => runOn('scalar', 'glu_forward', { gate: x, up: x, y: zeros('f32', 1, 1), activation: 2 })).toThrow(
    /activation must be 0 .* or 1/,
  );
});
