import { afterEach, describe, expect, test } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { type Args, empty, matrix, maxRelError, random, runOn, tiers, valuesOf, vector, weight, zeros } from './support.ts';

/** Every tile configuration of the CUDA linear ops, forced one by one, at a shape with tails on all sides and more slabs than stages. */
const device = tiers.find((tier) => tier.endsWith(' aligned'))?.split(' ')[0];
const [m, n, rank] = [70, 136, 72];

function force(value: string | undefined): void {
  if (value === undefined) delete process.env.FETTLE_CUDA_CONFIG;
  else process.env.FETTLE_CUDA_CONFIG = value;
}
afterEach(() => force(undefined));

/** The same NF4 weights with doubly quantized scales. */
function scaleCodes(w: OpTensor): OpTensor {
  const absmax = w.nf4 && 'absmax' in w.nf4 ? (w.nf4.absmax as Float32Array) : undefined;
  if (!absmax) return w;
  const made = runOn('scalar', 'nf4_quantize_scales', {
    absmax: { data: absmax, dtype: 'f32', shape: [absmax.length] },
    codes: empty('u8', absmax.length),
    absmax2: empty('f32', Math.ceil(absmax.length / 256)),
    offset: empty('f32', 1),
  });
  const [codes, absmax2] = [made.codes!.data as Uint8Array, made.absmax2!.data as Float32Array];
  return { ...w, nf4: { codes, absmax2, offset: made.offset!.data[0]! } };
}

/** The names are in the words of the error for one that does not exist. */
function configurations(op: string, args: Args): string[] {
  force(`${op}:?`);
  try {
    runOn(`${device} aligned`, op, args);
  } catch (error) {
    return /expected one of (.*)/.exec(String(error))![1]!.split(', ');
  } finally {
    force(undefined);
  }
  throw new Error(`${op} took the configuration '?'`);
}

function expectEveryConfiguration(op: string, args: Args, output: string, atLeast: number): void {
  const expected = valuesOf(runOn('scalar', op, args)[output]!);
  const names = configurations(op, args);
  expect(names.length).toBeGreaterThanOrEqual(atLeast);
  for (const name of names) {
    for (const splits of ['', '*3']) {
      force(`${op}:${name}${splits}`);
      const actual = valuesOf(runOn(`${device} aligned`, op, args)[output]!);
      expect(maxRelError(actual, expected), `${name}${splits}`).toBeLessThanOrEqual(2 ** -8);
    }
  }
}

describe.skipIf(!device)(`configurations of the linear ops on ${device}`, () => {
  test.each(['bf16', 'nf4'] as const)('%s weights', (kind) => {
    const k = kind === 'nf4' ? 320 : 264;
    const next = random(k);
    const w = scaleCodes(weight(kind, n, k, next));
    const [s, b, a] = [matrix('bf16', m, rank, next), matrix('bf16', n, rank, next), matrix('bf16', rank, k, next)];
    const forward = { x: matrix('bf16', m, k, next), w, lora_s: s, lora_b: b, bias: vector(n, next) };
    expectEveryConfiguration('linear_forward', { ...forward, y: matrix('bf16', m, n, next), alpha: 0.5, accumulate: 1 }, 'y', 10);
    const input = { dy: matrix('bf16', m, n, next), w, lora_ds: s, lora_a: a, dx: matrix('f32', m, k, next) };
    expectEveryConfiguration('linear_backward_input', input, 'dx', 10);
  });

  test.each(['bf16', 'nf4'] as const)('few tokens, %s weights', (kind) => {
    for (const [tokens, k] of [
      [1, 2560],
      [5, 2112],
      [16, 192],
      [16, 2624],
    ] as const) {
      const next = random(tokens);
      const x = matrix('bf16', tokens, k, next);
      const [s, b] = [matrix('bf16', tokens, 5, next), matrix('bf16', n, 5, next)];
      const w = kind === 'nf4' ? scaleCodes(weight(kind, n, k, next)) : matrix('bf16', n, k, next, 0);
      const args = { x, w, lora_s: s, lora_b: b, bias: vector(n, next), y: matrix('f32', tokens, n, next), accumulate: 1 };
      const expected = valuesOf(runOn('scalar', 'linear_forward', args).y!);
      const names = configurations('linear_forward', args).filter((name) => name.includes('gemv'));
      expect(names.length).toBe(tokens > 8 ? 1 : 2);
      for (const name of names) {
        force(`linear_forward:${name}`);
        for (const tier of [device!, `${device} aligned`]) {
          expect(maxRelError(valuesOf(runOn(tier, 'linear_forward', args).y!), expected), name).toBeLessThanOrEqual(1e-5);
        }
      }
    }
  });

  test.each([weight, (...args: Parameters<typeof weight>) => scaleCodes(weight(...args))])('weights decoded in panels (%#)', (make) => {
    const [tokens, rows, k] = [20, 600, 192];
    const next = random(5);
    const [s, b] = [matrix('bf16', tokens, 5, next), matrix('bf16', rows, 5, next)];
    const x = matrix('bf16', tokens, k, next);
    const args = { x, w: make('nf4', rows, k, next), lora_s: s, lora_b: b, bias: vector(rows, next), y: zeros('f32', tokens, rows) };
    const expected = valuesOf(runOn('scalar', 'linear_forward', args).y!);
    for (const config of ['64x64', '64x64/256', '64x64/512']) {
      force(`linear_forward:${config}`);
      expect(maxRelError(valuesOf(runOn(`${device} aligned`, 'linear_forward', args).y!), expected), config).toBeLessThanOrEqual(1e-5);
    }
  });

  test('sums that end within a vector of 8 take the kernels for whole ones', () => {
    const next = random(2);
    const [tokens, vocabulary, hidden] = [20, 131, 72];
    const head = matrix('bf16', vocabulary, hidden, next);
    const cases = {
      linear_forward: [{ x: matrix('bf16', tokens, 131, next), w: matrix('bf16', 40, 131, next), y: zeros('bf16', tokens, 40) }, 'y'],
      linear_backward_input: [{ dy: matrix('bf16', tokens, vocabulary, next), w: head, dx: zeros('f32', tokens, hidden) }, 'dx'],
    } as const;
    for (const [op, [args, output]] of Object.entries(cases)) {
      const expected = valuesOf(runOn('scalar', op, args)[output as 'y' & 'dx']!);
      force(`${op}:64x128`); // only for whole vectors
      const actual = valuesOf(runOn(`${device} aligned`, op, args)[output as 'y' & 'dx']!);
      expect(maxRelError(actual, expected), op).toBeLessThanOrEqual(2 ** -8);
    }
  });

  test('gradients of weights', () => {
    const next = random(3);
    const [dy, x] = [matrix('bf16', 264, 72, next), matrix('bf16', 264, n, next)];
    expectEveryConfiguration('linear_backward_weight', { dy, x, dw: matrix('f32', 72, n, next) }, 'dw', 10);
  });

  test('an unknown configuration is refused', () => {
    force('linear_forward:no_such');
    const next = random(1);
    const args = { x: matrix('bf16', 2, 8, next), w: matrix('bf16', 8, 8, next), y: matrix('bf16', 2, 8, next) };
    expect(() => runOn(device!, 'linear_forward', args)).toThrow(/asks for 'no_such', expected one of/);
  });
});
