import { describe, expect, it } from 'vitest';
import { type OpTensor, runOp } from '../../src/native/ops.ts';
import {
  activations,
  cpuTiers,
  empty,
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

const shapes = [
  [1, 1],
  [1, 7],
  [7, 33],
  [64, 64],
  [129, 1025],
  [2, 5000],
  [3, 5003],
] as const;

function problem(rows: number, vocab: number, spread: number) {
  const next = random(vocab);
  return {
    logits: matrix('f32', rows, vocab, () => spread * next()),
    targets: indices(Array.from({ length: rows }, (_, r) => (r * 31) % vocab)),
    loss: empty('f32', rows),
  };
}

describe('cross_entropy', () => {
  it.each(tiers)('loss and gradient like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, vocab] of shapes) {
        for (const [spread, soft_cap] of [
          [5, 0],
          [80, 0],
          [60, 30],
        ] as const) {
          const args = { ...problem(rows, vocab, spread), dlogits: zeros(dtype, rows, vocab), grad_scale: 0.25, soft_cap };
          expectLikeOracle(tier, 'cross_entropy', args, ['loss'], 5e-6);
          // an exponent near 80 has an absolute error of 80 * 2^-24, which is the relative one of the probability
          expectLikeOracle(tier, 'cross_entropy', args, ['dlogits'], dtype === 'f32' ? 4e-5 : tolerance.bf16);
        }
      }
    }
  });

  it.each(tiers)('may overwrite the logits, or give no gradient: %s', (tier) => {
    const { logits, targets, loss } = problem(7, 1300, 5);
    const apart = runOn(tier, 'cross_entropy', { logits, targets, loss, dlogits: zeros('f32', 7, 1300), grad_scale: 0.5, soft_cap: 20 });
    const inPlace = runOn(tier, 'cross_entropy', { logits, targets, loss, dlogits: logits, grad_scale: 0.5, soft_cap: 20 });
    expect(valuesOf(inPlace.dlogits!)).toEqual(valuesOf(apart.dlogits!));
    expect(valuesOf(runOn(tier, 'cross_entropy', { logits, targets, loss, soft_cap: 20 }).loss!)).toEqual(valuesOf(apart.loss!));
  });

  it.each(['scalar', ...cpuTiers])('a bf16 gradient may lie in the first half of each row of logits: %s', (tier) => {
    const logits = matrix('f32', 7, 1300, random(3), 0);
    const { targets, loss } = problem(7, 1300, 5);
    const apart = runOn(tier, 'cross_entropy', { logits, targets, loss, dlogits: zeros('bf16', 7, 1300), grad_scale: 0.5 });
    const dlogits: OpTensor = { data: new Uint16Array(logits.data.buffer), dtype: 'bf16', shape: [7, 1300], ld: 2600 };
    runOp('cross_entropy', { logits, targets, loss, dlogits, grad_scale: 0.5 }, tier);
    expect(valuesOf(dlogits)).toEqual(valuesOf(apart.dlogits!));
  });

  it.each([0, 4])('has the gradient of its loss, soft cap %i', (soft_cap) => {
    const { logits, targets, loss } = problem(3, 13, 3);
    const { dlogits } = runOn('scalar', 'cross_entropy', { logits, targets, loss, dlogits: zeros('f32', 3, 13), grad_scale: 2, soft_cap });
    const total = () => 2 * valuesOf(runOn('scalar', 'cross_entropy', { logits, targets, loss, soft_cap }).loss!).reduce((a, b) => a + b);
    expectGradient(logits, dlogits!, total);
  });

  it.each(['scalar', ...tiers])('is log V for equal logits, and bears logits of any size: %s', (tier) => {
    const targets = indices([5, 6]);
    const equal = runOn(tier, 'cross_entropy', { logits: zeros('f32', 2, 2000), targets, loss: empty('f32', 2) });
    for (const loss of valuesOf(equal.loss!)) expect(loss).toBeCloseTo(Math.log(2000), 5);
    const logits = matrix('f32', 2, 2000, (r, c) => (c === 5 ? 1e30 : r ? -1e30 : Number.NEGATIVE_INFINITY));
    const { loss, dlogits } = runOn(tier, 'cross_entropy', {
      logits,
      targets,
      loss: empty('f32', 2),
      dlogits: zeros('f32', 2, 2000),
      grad_scale: 1,
    });
    expect(valuesOf(loss!)).toEqual([0, Math.fround(2e30)]);
    expect(valuesOf(dlogits!).slice(0, 2000)).toEqual(new Array(2000).fill(0).map(Math.abs));
    expect(valuesOf(dlogits!).slice(2005, 2007)).toEqual([1, -1]);
  });

  it.each(['scalar', ...tiers])('a NaN among the logits is seen in the loss: %s', (tier) => {
    for (const at of [0, 17, 1999]) {
      const logits = matrix('f32', 1, 2000, (_, c) => (c === at ? Number.NaN : c % 3));
      expect(valuesOf(runOn(tier, 'cross_entropy', { logits, targets: indices([3]), loss: empty('f32', 1) }).loss!)[0]).toBeNaN();
    }
  });

  it('names the target that lies outside the vocabulary', () => {
    for (const tier of ['scalar', ...tiers]) {
      const args = { logits: zeros('f32', 2, 4), targets: indices([0, -100]), loss: empty('f32', 2) };
      expect(() => runOn(tier, 'cross_entropy', args)).toThrow(/targets\[1\] must be in \[0, 4\), found -100/);
    }
  });
});
