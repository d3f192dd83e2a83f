import { describe, expect, it } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { Fixture } from './fixture.ts';
import {
  type Activation,
  activations,
  bytesOf,
  empty,
  expectLikeOracle,
  matrix,
  random,
  runOn,
  tiers,
  valuesOf,
  vector,
  zeros,
} from './support.ts';

const all = ['scalar', ...tiers];
const files = [
  'heavy_f32',
  'large_bf16',
  'normal_bf16',
  'normal_f32',
  'odd_f32',
  'ragged_f32',
  'tail_f32',
  'ties_f32',
  'tiny_f32',
  'zeros_f32',
];

function expectSameBytes(actual: OpTensor, expected: OpTensor, what: string): void {
  const [a, e] = [bytesOf(actual), bytesOf(expected)];
  let differ = 0;
  for (const [i, byte] of e.entries()) if (a[i] !== byte) differ++;
  expect([a.length, differ], what).toEqual([e.length, 0]);
}

function quantize(x: OpTensor, tier: string): Record<string, OpTensor> {
  const n = x.shape[0]! * x.shape[1]!;
  return runOn(tier, 'nf4_quantize', { x, packed: empty('u8', Math.ceil(n / 2)), absmax: empty('f32', Math.ceil(n / 64)) });
}

function dequantize(
  packed: OpTensor,
  nf4: OpTensor['nf4'],
  dtype: Activation,
  [rows, cols]: [number, number],
  tier: string,
  pad = 0,
): OpTensor {
  const w: OpTensor = { data: packed.data, dtype: 'nf4', shape: [rows, cols], nf4 };
  return runOn(tier, 'nf4_dequantize', { w, y: zeros(dtype, rows, cols, pad) }).y!;
}

/** bitsandbytes' AVX-512 build flushes bf16 denormals to 0; IEEE rounding keeps them. */
function flushed(t: OpTensor): OpTensor {
  return { ...t, data: (t.data as Uint16Array).map((bits) => ((bits & 0x7f80) === 0 ? bits & 0x8000 : bits)) };
}

describe.each(files)('nf4 as bitsandbytes has it: %s', (name) => {
  it.each(all)('quantizes to the same bytes: %s', async (tier) => {
    const fixture = await Fixture.read(name);
    const { packed, absmax } = quantize(fixture.get('input'), tier);
    expectSameBytes(absmax!, fixture.get('plain.absmax'), 'absmax');
    expectSameBytes(packed!, fixture.get('plain.packed'), 'packed');
  });

  it.each(all)('quantizes scales to the nearest codes: %s', async (tier) => {
    const fixture = await Fixture.read(name);
    const absmax = fixture.get('plain.absmax');
    const n = absmax.data.length;
    const args = {
      absmax,
      codes: empty('u8', n),
      absmax2: empty('f32', Math.ceil(n / 256)),
      offset: fixture.get('nested.offset'),
      keep_offset: 1,
    };
    const { codes, absmax2 } = runOn(tier, 'nf4_quantize_scales', args);
    expectSameBytes(absmax2!, fixture.get('nearest.absmax2'), 'absmax2');
    expectSameBytes(codes!, fixture.get('nearest.absmax_codes'), 'codes');
    const { offset } = runOn(tier, 'nf4_quantize_scales', { ...args, keep_offset: 0, offset: empty('f32', 1) });
    expect(Math.abs(offset!.data[0]! / fixture.get('nested.offset').data[0]! - 1)).toBeLessThan(2 ** -22);
  });

  it.each(all)('decodes to the same bits, nested scales or not: %s', async (tier) => {
    const fixture = await Fixture.read(name);
    for (const kind of ['plain', 'nested', 'nearest']) {
      const nf4 =
        kind === 'plain'
          ? { absmax: fixture.get('plain.absmax').data as Float32Array }
          : {
              codes: fixture.get(`${kind}.absmax_codes`).data as Uint8Array,
              absmax2: fixture.get(`${kind}.absmax2`).data as Float32Array,
              offset: fixture.get('nested.offset').data[0]!,
            };
      const packed = fixture.get('plain.packed');
      expectSameBytes(dequantize(packed, nf4, 'f32', fixture.shape, tier), fixture.get(`${kind}.dequant_f32`), `${kind} f32`);
      const bf16 = dequantize(packed, nf4, 'bf16', fixture.shape, tier);
      expectSameBytes(flushed(bf16), flushed(fixture.get(`${kind}.dequant_bf16`)), `${kind} bf16`);
    }
  });
});

describe('nf4', () => {
  it('uses the signed dynamic map of bitsandbytes', async () => {
    const fixture = await Fixture.read('normal_f32');
    // one block of ones (code 15) with scale map[c] * 1 + 0
    const packed: OpTensor = { data: new Uint8Array(256 * 32).fill(255), dtype: 'u8', shape: [256 * 32] };
    const nf4 = { codes: Uint8Array.from({ length: 256 }, (_, i) => i), absmax2: Float32Array.of(1), offset: 0 };
    const decoded = dequantize(packed, nf4, 'f32', [256, 64], 'scalar');
    const map = vector(256, (i) => decoded.data[i * 64]!);
    expectSameBytes(map, fixture.get('nested.map'), 'map');
  });

  it.each(tiers)('any shape bit-equal to the oracle, rows apart: %s', (tier) => {
    for (const dtype of activations) {
      for (const [rows, cols] of [
        [1, 1],
        [3, 7],
        [5, 63],
        [7, 65],
        [33, 50],
        [64, 129],
        [129, 1000],
      ] as const) {
        const x = matrix(dtype, rows, cols, random(cols), 0);
        const n = rows * cols;
        const blocks = Math.ceil(n / 64);
        expectLikeOracle(
          tier,
          'nf4_quantize',
          { x, packed: empty('u8', Math.ceil(n / 2)), absmax: empty('f32', blocks) },
          ['packed', 'absmax'],
          0,
        );
        const { packed, absmax } = quantize(x, 'scalar');
        const args = { absmax, codes: empty('u8', blocks), absmax2: empty('f32', Math.ceil(blocks / 256)), offset: empty('f32', 1) };
        expectLikeOracle(tier, 'nf4_quantize_scales', args, ['codes', 'absmax2', 'offset'], 0);
        const nf4 = { absmax: absmax!.data as Float32Array };
        const expected = dequantize(packed!, nf4, dtype, [rows, cols], 'scalar', 5);
        expectSameBytes(dequantize(packed!, nf4, dtype, [rows, cols], tier, 5), expected, `${rows} x ${cols}`);
      }
    }
  });

  it.each(all)('errs by at most half the widest gap between codes: %s', (tier) => {
    const x = matrix('f32', 8, 64, random(3), 0);
    const { packed, absmax } = quantize(x, tier);
    const back = valuesOf(dequantize(packed!, { absmax: absmax!.data as Float32Array }, 'f32', [8, 64], tier));
    for (const [i, v] of valuesOf(x).entries()) expect(Math.abs(back[i]! - v)).toBeLessThanOrEqual(0.1521 * absmax!.data[i >> 6]!);
  });

  it('refuses output of the wrong length, and weights without scales', () => {
    const x = zeros('f32', 2, 50, 0);
    expect(() => runOn(tiers[0]!, 'nf4_quantize', { x, packed: empty('u8', 49), absmax: empty('f32', 2) })).toThrow(
      /packed must be \[1, 50\]/,
    );
    expect(() => runOn('scalar', 'nf4_quantize', { x: zeros('f32', 2, 50), packed: empty('u8', 50), absmax: empty('f32', 2) })).toThrow(
      /contiguous/,
    );
    expect(() => dequantize(empty('u8', 32), { codes: new Uint8Array(1) }, 'f32', [1, 64], 'scalar')).toThrow(/absmax2/);
  });
});
