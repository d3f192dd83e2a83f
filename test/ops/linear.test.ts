import { describe, expect, test } from 'vitest';
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
  vector,
  weight,
  weights,
  zeros,
} from './support.ts';

/** [M, N, K]: the small-M path, all tile heights, tails of every side, NF4 blocks that straddle rows, several blocks of K. */
const shapes = [
  [1, 7, 13],
  [3, 64, 64],
  [7, 33, 65],
  [64, 100, 128],
  [129, 192, 576],
  [37, 70, 4300],
] as const;

function lora(dtype: Activation, m: number, n: number, k: number, next: () => number) {
  const rank = 5;
  return { s: matrix(dtype, m, rank, next), b: matrix(dtype, n, rank, next), a: matrix(dtype, rank, k, next) };
}

describe.each(tiers)('%s', (tier) => {
  test.each(activations.flatMap((a) => weights.map((w) => [a, w] as const)))('linear: %s activations, %s weights', (dtype, kind) => {
    for (const [m, n, k] of shapes) {
      const next = random(m * 1000 + n);
      const w = weight(kind, n, k, next);
      const { s, b, a } = lora(dtype, m, n, k, next);
      const x = matrix(dtype, m, k, next);
      const dy = matrix(dtype, m, n, next);
      const forward = { x, w, lora_s: s, lora_b: b, bias: vector(n, next), y: zeros(dtype, m, n) };
      expectLikeOracle(tier, 'linear_forward', forward, ['y'], tolerance[dtype]);
      expectLikeOracle(tier, 'linear_forward', { x, w, y: matrix('f32', m, n, next), alpha: 0.5, accumulate: 1 }, ['y'], 4e-6);
      const input = { dy, w, lora_ds: s, lora_a: a, dx: zeros(dtype, m, k), alpha: 2 };
      expectLikeOracle(tier, 'linear_backward_input', input, ['dx'], tolerance[dtype]);
      const gradients = { dy, x, dw: matrix('f32', n, k, next), dbias: vector(n, next) };
      expectLikeOracle(tier, 'linear_backward_weight', gradients, ['dw', 'dbias'], 4e-6);
    }
  });
});

test('the oracle has the gradients that differences give', () => {
  const next = random(7);
  const [m, n, k] = [5, 6, 9];
  const x = matrix('f32', m, k, next);
  const w = matrix('f32', n, k, next);
  const dy = matrix('f32', m, n, next);
  const loss = () => dot(runOn('scalar', 'linear_forward', { x, w, y: zeros('f32', m, n) }).y!, dy);
  const { dx } = runOn('scalar', 'linear_backward_input', { dy, w, dx: zeros('f32', m, k) });
  const { dw } = runOn('scalar', 'linear_backward_weight', { dy, x, dw: zeros('f32', n, k) });
  expectGradient(x, dx!, loss);
  expectGradient(w, dw!, loss);
});

test('shapes that do not fit are refused', () => {
  const next = random(1);
  const args = { x: matrix('f32', 2, 3, next), w: matrix('f32', 4, 5, next), y: zeros('f32', 2, 4) };
  expect(() => runOn(tiers[0]!, 'linear_forward', args)).toThrow(/w must be \[4, 3\]/);
});
