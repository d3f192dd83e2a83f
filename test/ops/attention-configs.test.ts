import { afterEach, describe, expect, test } from 'vitest';
import { type Args, indices, matrix, random, runOn, tiers, valuesOf, zeros } from './support.ts';

/** Every tile configuration of the CUDA attention kernels, forced one by one, and decoding with its keys divided among blocks. */
const tier = tiers.find((name) => name.endsWith(' aligned'));

function force(value: string | undefined): void {
  if (value === undefined) delete process.env.FETTLE_CUDA_CONFIG;
  else process.env.FETTLE_CUDA_CONFIG = value;
}
afterEach(() => force(undefined));

/** The names are in the words of the error for one that does not exist; none when the op does not use this kernel. */
function configurations(kernel: string, op: string, args: Args): string[] {
  force(`${kernel}:?`);
  try {
    runOn(tier!, op, args);
    return [];
  } catch (error) {
    return /expected one of (.*)/.exec(String(error))![1]!.split(', ');
  } finally {
    force(undefined);
  }
}

function expectLike(actual: number[], expected: number[], what: string): void {
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const worst = expected.reduce((most, v, i) => Math.max(most, Math.abs(actual[i]! - v)), 0);
  expect(worst / largest, what).toBeLessThan(2 ** -7);
}

function expectEvery(kernel: string, op: string, args: Args, outputs: string[]): number {
  const expected = runOn('scalar', op, args);
  const names = configurations(kernel, op, args);
  for (const name of names) {
    force(`${kernel}:${name}`);
    const actual = runOn(tier!, op, args);
    for (const output of outputs) expectLike(valuesOf(actual[output]!), valuesOf(expected[output]!), `${kernel}:${name} ${output}`);
  }
  return names.length;
}

describe.skipIf(!tier)(`configurations of the attention kernels on ${tier}`, () => {
  const cases = [64, 80, 96, 128, 256]
    .flatMap((dim) => [0, 4].map((cap) => [dim, cap] as const))
    .filter(([d, cap]) => !cap || d % 64 === 0);
  test.each(cases)('head_dim %i, soft cap %i', (dim, softCap) => {
    const lengths = [67, 1, 70];
    const [rows, heads, kvHeads, cu] = [138, 2, 1, [0, 67, 68, 138]];
    const next = random(dim);
    const [q, dout] = [matrix('bf16', rows, heads * dim, next), matrix('bf16', rows, heads * dim, next)];
    const [k, v] = [matrix('bf16', rows, kvHeads * dim, next), matrix('bf16', rows, kvHeads * dim, next)];
    const numbers = { heads, kv_heads: kvHeads, head_dim: dim, window: 40, scale: 4 / Math.sqrt(dim), soft_cap: softCap };
    const [o, lse] = [zeros('bf16', rows, heads * dim), zeros('f32', rows, heads)];
    const where = { cu_q: indices(cu), k_start: indices(cu.slice(0, -1)), k_len: indices(lengths) };
    const forward = { q, k, v, o, lse, ...where, ...numbers };
    expect(expectEvery('attention_forward', 'attention_forward', forward, ['o', 'lse'])).toBeGreaterThan(0);

    const made = runOn('scalar', 'attention_forward', forward);
    const gradients = {
      dq: zeros('bf16', rows, heads * dim),
      dk: zeros('bf16', rows, kvHeads * dim),
      dv: zeros('bf16', rows, kvHeads * dim),
    };
    const backward = { q, k, v, o: made.o!, lse: made.lse!, dout, ...gradients, cu: indices(cu), ...numbers };
    const outputs = ['dq', 'dk', 'dv'];
    expect(expectEvery('attention_backward_keys', 'attention_backward', backward, outputs)).toBeGreaterThan(0);
    expect(expectEvery('attention_backward_values', 'attention_backward', backward, outputs)).toBe(dim > 128 ? 1 : 0);
    expect(expectEvery('attention_backward_queries', 'attention_backward', backward, outputs)).toBeGreaterThan(0);
  });

  test.each(cases)('decoding, head_dim %i, soft cap %i', (dim, softCap) => {
    const next = random(dim + 1);
    const [heads, kvHeads, tokens] = [6, 2, 4];
    for (const window of [0, 70]) {
      const args = {
        q: matrix('bf16', tokens, heads * dim, next),
        k: matrix('bf16', 900, kvHeads * dim, next),
        v: matrix('bf16', 900, kvHeads * dim, next),
        o: zeros('bf16', tokens, heads * dim),
        lse: zeros('f32', tokens, heads),
        // the second sequence has two queries, the last none
        cu_q: indices([0, 1, 3, 4, 4]),
        k_start: indices([500, 0, 7, 0]),
        k_len: indices([400, 333, 1, 0]),
        ...{ heads, kv_heads: kvHeads, head_dim: dim, window, scale: 4 / Math.sqrt(dim), soft_cap: softCap },
      };
      expect(expectEvery('attention_decode', 'attention_forward', args, ['o', 'lse'])).toBeGreaterThan(0);
    }
  });
});
