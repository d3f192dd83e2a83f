import { describe, expect, it } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { device, empty, expectLikeOracle, maxRelError, random, runOn, tiers, valuesOf, vector, withThreads } from './support.ts';

const hyper = { learning_rate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1, grad_scale: vector(1, () => 0.5) };

function state(n: number) {
  const next = random(n);
  return { param: vector(n, next), grad: vector(n, next), exp_avg: vector(n, next), exp_avg_sq: vector(n, () => Math.abs(next())) };
}

describe('adamw', () => {
  it.each(tiers)('updates like the oracle: %s', (tier) => {
    for (const n of [1, 7, 64, 65536, 65537, 200003]) {
      for (const step of [1, 1000])
        expectLikeOracle(tier, 'adamw', { ...state(n), ...hyper, step }, ['param', 'exp_avg', 'exp_avg_sq'], 4e-6);
    }
  });

  it('takes the steps of the paper', () => {
    let t: Record<string, OpTensor> = {
      param: vector(2, (i) => i + 1),
      grad: vector(2, () => 0),
      exp_avg: vector(2, () => 0),
      exp_avg_sq: vector(2, () => 0),
    };
    const p = [1, 2];
    const m = [0, 0];
    const v = [0, 0];
    for (let step = 1; step <= 5; step++) {
      const grad = [Math.sin(step), 100 * Math.cos(step)];
      t = runOn('scalar', 'adamw', { ...t, grad: vector(2, (i) => grad[i]!), ...hyper, grad_scale: vector(1, () => 1), step });
      for (const i of [0, 1]) {
        p[i]! *= 1 - 1e-3;
        m[i] = 0.9 * m[i]! + 0.1 * grad[i]!;
        v[i] = 0.999 * v[i]! + 0.001 * grad[i]! ** 2;
        p[i]! -= (1e-2 * m[i]!) / (1 - 0.9 ** step) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      }
    }
    expect(maxRelError(valuesOf(t.param!), p)).toBeLessThan(1e-5);
  });

  it.each(['scalar', ...tiers])('leaves a parameter that never had a gradient where it is, without decay: %s', (tier) => {
    const zero = vector(40, () => 0);
    const { param } = runOn(tier, 'adamw', {
      param: vector(40, (i) => i),
      grad: zero,
      exp_avg: { ...zero },
      exp_avg_sq: { ...zero },
      ...hyper,
      weight_decay: 0,
    });
    expect(valuesOf(param!)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it.each(['scalar', ...tiers])('does nothing when the factor on the gradient is not finite: %s', (tier) => {
    const before = state(40);
    for (const factor of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(runOn(tier, 'adamw', { ...before, ...hyper, grad_scale: vector(1, () => factor) })).toMatchObject(before);
  });

  it('refuses step 0 and vectors of unlike length', () => {
    expect(() => runOn('scalar', 'adamw', { ...state(4), ...hyper, step: 0 })).toThrow(/step counts from 1, found 0/);
    expect(() => runOn(tiers[0]!, 'adamw', { ...state(4), grad: vector(5, () => 0), ...hyper })).toThrow(
      /grad must be \[1, 4\], found \[1, 5\]/,
    );
  });
});

describe('clip_factor', () => {
  const squares = (value: number): OpTensor => ({ data: Float64Array.of(value), dtype: 'f64', shape: [1] });
  const factor = (tier: string, grad: number, loss: number, max_norm?: number) =>
    valuesOf(
      runOn(tier, 'clip_factor', { grad_squares: squares(grad), loss_squares: squares(loss), factor: empty('f32', 1), max_norm }).factor!,
    )[0];

  it.each(['scalar', ...tiers])('is that of clip_grad_norm_: %s', (tier) => {
    expect(factor(tier, 16, 1, 1)).toBe(Math.fround(1 / (4 + 1e-6)));
    expect(factor(tier, 0.3, 1, 0.3)).toBe(Math.fround(0.3 / (Math.sqrt(0.3) + 1e-6)));
    expect(factor(tier, 0.25, 1, 1)).toBe(1);
    expect(factor(tier, 1e30, 1)).toBe(1);
    expect(factor(tier, 0, 0, 1)).toBe(1);
  });

  it.each(['scalar', ...tiers])('is NaN when a gradient or a loss is not finite: %s', (tier) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(factor(tier, bad, 1, 1)).toBeNaN();
      expect(factor(tier, 1, bad)).toBeNaN();
    }
  });
});

describe('sum_squares', () => {
  const deviceTier = tiers.find((tier) => tier.startsWith(device));
  it.each(tiers)('is the oracle to fp64 rounding, in the same bits on every tier: %s', (tier) => {
    for (const n of [0, 1, 15, 65536, 65537, 300007]) {
      const args = { x: vector(n, random(n)), out: empty('f64', 1) };
      expectLikeOracle(tier, 'sum_squares', args, ['out'], 1e-13);
      expect(valuesOf(runOn(tier, 'sum_squares', args).out!)).toEqual(valuesOf(runOn('portable', 'sum_squares', args).out!));
    }
  });

  it.skipIf(!deviceTier)(`of more chunks than a block has threads: ${deviceTier}`, () => {
    const x = empty('f32', 330 * 65536);
    for (let chunk = 0; chunk < 330; chunk++) x.data[chunk * 65536] = chunk;
    expect(valuesOf(runOn(deviceTier!, 'sum_squares', { x, out: empty('f64', 1) }).out!)).toEqual([(329 * 330 * 659) / 6]);
  });

  it('keeps what fp32 would lose', () => {
    const x = vector(100001, (i) => (i === 0 ? 2 ** 15 : 2 ** -5));
    expect(withThreads(2, () => valuesOf(runOn(tiers.at(-1)!, 'sum_squares', { x, out: empty('f64', 1) }).out!))).toEqual([
      2 ** 30 + 100000 * 2 ** -10,
    ]);
  });
});
