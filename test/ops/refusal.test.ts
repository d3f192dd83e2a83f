import { describe, expect, test } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';
import { opNames, runOp } from '../../src/native/ops.ts';
import { matrix, random, runOn, valuesOf, zeros } from './support.ts';

describe.each(nativeAddon().cpuInfo().available)('%s', (tier) => {
  test.each(opNames())('%s without its tensors is refused', (name) => {
    expect(() => runOp(name, {}, tier)).toThrow(expect.objectContaining({ code: 'FETTLE_INVALID_ARGUMENT' }));
  });

  test('a wrong type is refused, and the op works afterwards', () => {
    const next = random(3);
    const [x, y] = [matrix('f32', 64, 8, next), zeros('f32', 64, 40)];
    const w = { data: new Int32Array(40 * 8), dtype: 'i32' as const, shape: [40, 8] };
    expect(() => runOn(tier, 'linear_forward', { x, w, y })).toThrow(/w must be/);
    const mixed = { x, w: matrix('f32', 40, 8, next), lora_s: matrix('bf16', 64, 2, next), lora_b: matrix('f32', 40, 2, next), y };
    expect(() => runOn(tier, 'linear_forward', mixed)).toThrow(/lora_s must be/);
    const right = runOn(tier, 'linear_forward', { x, w: mixed.w, y });
    expect(valuesOf(right.y!).every(Number.isFinite)).toBe(true);
  });
});
