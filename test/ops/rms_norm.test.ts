import { describe, expect, it } from 'vitest';
import {
  type Activation,
  activations,
  dot,
  expectGradient,
  expectLikeOracle,
  matrix,
  random,
  runOn,
  tiers,
  tolerance,
  valuesOf,
  vector,
  zeros,
} from './support.ts';

/** rows, width of a group, groups; the last eight reach every spread of a row over threads that the CUDA kernel has */
const shapes = [
  [1, 1, 1],
  [7, 33, 1],
  [64, 64, 4],
  [129, 257, 1],
  [7, 5, 3],
  [5, 120, 1],
  [5, 128, 6],
  [3, 248, 2],
  [3, 256, 2],
  [3, 328, 1],
  [3, 504, 1],
  [3, 576, 1],
  [3, 1016, 1],
  [3, 2040, 1],
  [2, 2048, 1],
  [2, 4088, 1],
  [2, 4104, 1],
  [2, 8184, 1],
  [2, 8200, 1],
] as const;

function forwardArgs(dtype: Activation, rows: number, n: number, groups: number, addOne: number) {
  const next = random(rows + n);
  return {
    x: matrix(dtype, rows, n * groups, next),
    gamma: vector(n, () => 1 + next() / 2),
    y: zeros(dtype, rows, n * groups),
    rstd: zeros('f32', rows, groups),
    eps: 1e-5,
    add_one: addOne,
    groups,
  };
}

describe('rms_norm', () => {
  it.each(tiers)('normalizes like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, n, groups] of shapes) {
        for (const addOne of [0, 1]) {
          const args = forwardArgs(dtype, rows, n, groups, addOne);
          expectLikeOracle(tier, 'rms_norm_forward', args, ['y'], tolerance[dtype]);
          expectLikeOracle(tier, 'rms_norm_forward', args, ['rstd'], tolerance.f32);
          expectLikeOracle(tier, 'rms_norm_forward', { ...args, y: args.x, rstd: undefined }, ['y'], tolerance[dtype]);
        }
      }
    }
  });

  it.each(tiers)('goes backward like the oracle: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, n, groups] of shapes) {
        for (const accumulate of [0, 1]) {
          const { x, gamma, rstd } = runOn('scalar', 'rms_norm_forward', forwardArgs(dtype, rows, n, groups, 1));
          const next = random(n);
          const dy = matrix(dtype, rows, n * groups, next);
          const dx = accumulate ? matrix(dtype, rows, n * groups, next) : dy;
          const args = { x, gamma, rstd, dy, dx, dgamma: vector(n, next), add_one: 1, groups, accumulate };
          // one element alone has no direction to change in: dx is 0 but for what rounding leaves
          if (n > 1 || accumulate) expectLikeOracle(tier, 'rms_norm_backward', args, ['dx'], tolerance[dtype]);
          expectLikeOracle(tier, 'rms_norm_backward', args, ['dgamma'], 2e-5);
        }
      }
    }
  });

  it.each([[1], [3]])('has the gradient of its forward pass, %i groups', (groups) => {
    const args = forwardArgs('f32', 5, 12, groups, 1);
    const { x, gamma } = args;
    const dy = matrix('f32', 5, 12 * groups, random(2));
    const loss = () => dot(runOn('scalar', 'rms_norm_forward', args).y!, dy);
    const { rstd } = runOn('scalar', 'rms_norm_forward', args);
    const back = { x, gamma, rstd, dy, dx: zeros('f32', 5, 12 * groups), dgamma: vector(12, () => 0), add_one: 1, groups };
    const { dx, dgamma } = runOn('scalar', 'rms_norm_backward', back);
    expectGradient(x, dx!, loss);
    expectGradient(gamma, dgamma!, loss);
  });

  it('gives rows of mean square 1', () => {
    const { y } = runOn('scalar', 'rms_norm_forward', { ...forwardArgs('f32', 1, 50, 1, 0), gamma: vector(50, () => 1), eps: 0 });
    expect(dot(y!, y!) / 50).toBeCloseTo(1, 5);
  });

  it('refuses a row that does not divide into groups, and unlike types', () => {
    const args = forwardArgs('f32', 2, 6, 1, 0);
    expect(() => runOn(tiers[0]!, 'rms_norm_forward', { ...args, groups: 4 })).toThrow(/6 columns do not divide into 4 groups/);
    expect(() => runOn(tiers[0]!, 'rms_norm_forward', { ...args, y: zeros('bf16', 2, 6) })).toThrow(/y must be f32, found bf16/);
    expect(valuesOf(args.y)).toEqual(new Array(12).fill(0));
  });
});
