import { describe, expect, it } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { Fixture } from './fixture.ts';
import { empty, maxRelError, random, runOn, tiers, valuesOf, vector } from './support.ts';

const hyper = { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, grad_scale: vector(1, () => 1) };

function zeroState(n: number) {
  const blocks = Math.ceil(n / 256);
  return { exp_avg: empty('u8', n), exp_avg_sq: empty('u8', n), absmax: empty('f32', blocks), absmax_sq: empty('f32', blocks) };
}

/** How many codes differ, and by how much at most. */
function codesApart(actual: OpTensor, expected: OpTensor): { share: number; most: number } {
  let apart = 0;
  let most = 0;
  for (const [i, code] of expected.data.entries()) {
    const difference = Math.abs(actual.data[i]! - code);
    if (difference > 0) apart++;
    most = Math.max(most, difference);
  }
  return { share: apart / Math.max(1, expected.data.length), most };
}

describe('adamw_8bit', () => {
  it.each(['scalar', ...tiers])('takes the steps of bitsandbytes: %s', async (tier) => {
    for (const weight_decay of ['0.0', '0.01']) {
      const fixture = await Fixture.read(`adamw8bit-nearest-wd${weight_decay}`);
      let state: Record<string, OpTensor> = { param: fixture.get('param.00'), ...zeroState(4096) };
      for (let step = 1; step <= 20; step++) {
        const at = String(step).padStart(2, '0');
        const grad = valuesOf(fixture.get(`grad.${at}`));
        state = runOn(tier, 'adamw_8bit', {
          ...state,
          grad: vector(4096, (i) => grad[i]!),
          ...hyper,
          weight_decay: Number(weight_decay),
          step,
        });
        if (![1, 2, 3, 10, 20].includes(step)) continue;
        for (const [ours, theirs] of [
          ['exp_avg', 'state1'],
          ['exp_avg_sq', 'state2'],
        ] as const) {
          const { share, most } = codesApart(state[ours]!, fixture.get(`${theirs}.${at}`));
          expect([share < 2e-3, most <= 1], `${theirs} after step ${step}: ${share} of the codes differ, by ${most}`).toEqual([true, true]);
        }
        expect(maxRelError(valuesOf(state.absmax!), valuesOf(fixture.get(`absmax1.${at}`)))).toBeLessThan(1e-3);
        expect(maxRelError(valuesOf(state.absmax_sq!), valuesOf(fixture.get(`absmax2.${at}`)))).toBeLessThan(1e-3);
        // the first 300 jump in step 2, where a code that differs moves a parameter far
        const rest = (t: OpTensor) => valuesOf(t).slice(300);
        expect(maxRelError(rest(state.param!), rest(fixture.get(`param.${at}`)))).toBeLessThan(5e-4);
      }
    }
  });

  it.each(tiers)('updates like the oracle, short blocks too: %s', (tier) => {
    for (const n of [1, 7, 255, 256, 257, 1000, 20000]) {
      const next = random(n);
      let state: Record<string, OpTensor> = { param: vector(n, next), ...zeroState(n) };
      for (const step of [1, 2, 3]) {
        const args = { ...state, grad: vector(n, next), ...hyper, weight_decay: 0.1, grad_scale: vector(1, () => 0.5), step };
        const expected = runOn('scalar', 'adamw_8bit', args);
        const actual = runOn(tier, 'adamw_8bit', args);
        for (const key of ['param', 'absmax', 'absmax_sq'])
          expect(maxRelError(valuesOf(actual[key]!), valuesOf(expected[key]!)), `${key} of ${n}`).toBeLessThan(4e-6);
        for (const key of ['exp_avg', 'exp_avg_sq']) {
          const { share, most } = codesApart(actual[key]!, expected[key]!);
          expect([share <= 1e-3, most <= 1], `${key} of ${n}: ${share} of the codes differ, by ${most}`).toEqual([true, true]);
        }
        state = expected;
      }
    }
  });

  it.each(['scalar', ...tiers])('leaves a parameter that never had a gradient where it is: %s', (tier) => {
    const param = vector(300, (i) => i);
    const grad = vector(300, () => 0);
    const after = runOn(tier, 'adamw_8bit', { param, grad, ...zeroState(300), ...hyper });
    expect(valuesOf(after.param!)).toEqual(valuesOf(param));
    // codes of exactly 0 in both maps
    expect([...after.exp_avg!.data, ...after.exp_avg_sq!.data]).toEqual([...new Array(300).fill(127), ...new Array(300).fill(0)]);
  });

  it.each(['scalar', ...tiers])('does nothing when the factor on the gradient is not finite: %s', (tier) => {
    const state = { param: vector(300, (i) => i), ...zeroState(300) };
    const grad_scale = vector(1, () => Number.NaN);
    expect(runOn(tier, 'adamw_8bit', { ...state, grad: vector(300, () => 1), ...hyper, grad_scale })).toMatchObject(state);
  });

  it('refuses step 0 and scales of the wrong number', () => {
    const args = { param: vector(300, () => 1), grad: vector(300, () => 1), ...zeroState(300), ...hyper };
    expect(() => runOn('scalar', 'adamw_8bit', { ...args, step: 0 })).toThrow(/step counts from 1, found 0/);
    expect(() => runOn('scalar', 'adamw_8bit', { ...args, absmax: empty('f32', 1) })).toThrow(/absmax must be \[1, 2\], found \[1, 1\]/);
  });
});
