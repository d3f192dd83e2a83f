import { describe, expect, it } from 'vitest';
import { type OpTensor, runOp } from '../../src/native/ops.ts';
import { type Activation, activations, indices, isDevice, matrix, random, runOn, tiers, valuesOf, withThreads, zeros } from './support.ts';

interface Shape {
  lengths: number[];
  heads: number;
  kvHeads: number;
  dim: number;
  window?: number;
  softCap?: number;
}

function starts(lengths: number[]): number[] {
  const cu = [0];
  for (const n of lengths) cu.push(cu.at(-1)! + n);
  return cu;
}

function numbers(s: Shape): Record<string, number> {
  return {
    heads: s.heads,
    kv_heads: s.kvHeads,
    head_dim: s.dim,
    window: s.window ?? 0,
    soft_cap: s.softCap ?? 0,
    scale: 1.5 / Math.sqrt(s.dim),
  };
}

interface Inputs {
  q: OpTensor;
  k: OpTensor;
  v: OpTensor;
  dout: OpTensor;
}

/** Bell-shaped numbers of deviation 1. */
function bell(seed: number): () => number {
  const next = random(seed);
  return () => next() + next() + next();
}

function inputs(s: Shape, type: Activation, seed = 1): Inputs {
  const next = bell(seed);
  const rows = starts(s.lengths).at(-1)!;
  const [qCols, kvCols] = [s.heads * s.dim, s.kvHeads * s.dim];
  return {
    q: matrix(type, rows, qCols, next),
    k: matrix(type, rows, kvCols, next),
    v: matrix(type, rows, kvCols, next),
    dout: matrix(type, rows, qCols, next),
  };
}

type Outputs = Record<'o' | 'lse' | 'dq' | 'dk' | 'dv', OpTensor>;

/** Forward and backward; the backward reads `reference`'s o and lse when given. */
function attention(s: Shape, type: Activation, x: Inputs, isa: string, reference?: Outputs): Outputs {
  const cu = starts(s.lengths);
  const rows = cu.at(-1)!;
  const [qCols, kvCols] = [s.heads * s.dim, s.kvHeads * s.dim];
  const { q, k, v, dout } = x;
  const results = { o: zeros(type, rows, qCols), lse: zeros('f32', rows, s.heads) };
  const where = { cu_q: indices(cu), k_start: indices(cu.slice(0, -1)), k_len: indices(s.lengths) };
  const forward = runOn(isa, 'attention_forward', { q, k, v, ...results, ...where, ...numbers(s) }) as Outputs;
  const { o, lse } = reference ?? forward;
  const gradients = { dq: zeros(type, rows, qCols), dk: zeros(type, rows, kvCols), dv: zeros(type, rows, kvCols) };
  const backward = { q, k, v, o, dout, lse, ...gradients, cu: indices(cu) };
  const { dq, dk, dv } = runOn(isa, 'attention_backward', { ...backward, ...numbers(s) }) as Outputs;
  return { o: forward.o, lse: forward.lse, dq, dk, dv };
}

/** Largest difference, relative to the largest value of `b`. */
function difference(a: OpTensor, b: OpTensor): number {
  const [x, y] = [valuesOf(a), valuesOf(b)];
  const largest = y.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  return x.reduce((worst, v, i) => Math.max(worst, Number.isFinite(v) ? Math.abs(v - y[i]!) / largest : Number.POSITIVE_INFINITY), 0);
}

const shapes: Record<string, Shape> = {
  'grouped heads, several lengths': { lengths: [5, 70, 1, 129], heads: 4, kvHeads: 2, dim: 16 },
  'head_dim 32': { lengths: [7, 64], heads: 2, kvHeads: 1, dim: 32 },
  'head_dim 64': { lengths: [150], heads: 6, kvHeads: 2, dim: 64 },
  'head_dim 96': { lengths: [1, 66], heads: 3, kvHeads: 1, dim: 96, window: 33 },
  'head_dim 128': { lengths: [129], heads: 2, kvHeads: 1, dim: 128 },
  'a narrow window, odd sizes': { lengths: [140, 3], heads: 3, kvHeads: 1, dim: 20, window: 17 },
  'a window wider than a tile, soft cap': { lengths: [170], heads: 2, kvHeads: 1, dim: 80, window: 70, softCap: 2 },
  'soft cap, head_dim 256': { lengths: [80], heads: 2, kvHeads: 2, dim: 256, softCap: 5 },
  'a window of one key': { lengths: [3, 70], heads: 1, kvHeads: 1, dim: 40, window: 1 },
  'soft cap, head_dim 128, a group of seven': { lengths: [68], heads: 7, kvHeads: 1, dim: 128, softCap: 3, window: 30 },
  'soft cap, head_dim 64': { lengths: [9, 66], heads: 2, kvHeads: 2, dim: 64, softCap: 1 },
  'more heads than a tile has rows': { lengths: [1, 2], heads: 70, kvHeads: 1, dim: 4 },
  'keys in several ranges': { lengths: [3, 1040], heads: 4, kvHeads: 4, dim: 8 },
  'keys in several ranges, a window': { lengths: [1040], heads: 2, kvHeads: 1, dim: 8, window: 600 },
};

const bounds: Record<Activation, number> = { f32: 5e-6, bf16: 2 ** -7 };

describe.each(tiers)('attention on %s equals the scalar oracle', (isa) => {
  describe.each(Object.entries(shapes))('%s', (_, shape) => {
    it.each(activations)('%s', (type) => {
      const x = inputs(shape, type);
      const oracle = attention(shape, type, x, 'scalar');
      const found = attention(shape, type, x, isa, oracle);
      for (const name of ['o', 'dq', 'dk', 'dv'] as const) expect(difference(found[name], oracle[name]), name).toBeLessThan(bounds[type]);
      expect(difference(found.lse, oracle.lse), 'lse').toBeLessThan(2e-6);
    });
  });

  it.each(['grouped heads, several lengths', ...(isDevice(isa) ? [] : ['keys in several ranges'])])(
    '1, 2 and 4 threads give the same bits: %s',
    (name) => {
      const shape = shapes[name]!;
      const x = inputs(shape, 'bf16');
      const [one, ...more] = [1, 2, 4].map((threads) => withThreads(threads, () => attention(shape, 'bf16', x, isa)));
      for (const found of more) expect(found).toEqual(one);
    },
  );

  it('a sequence among others is as it is alone', () => {
    const both: Shape = { lengths: [33, 90], heads: 4, kvHeads: 2, dim: 24, window: 40 };
    const alone: Shape = { ...both, lengths: [90] };
    const x = inputs(both, 'f32');
    const rest = (t: OpTensor): OpTensor => ({ ...t, data: t.data.subarray(33 * t.ld!), shape: [90, t.shape[1]!] });
    const packed = attention(both, 'f32', x, isa);
    const separate = attention(alone, 'f32', { q: rest(x.q), k: rest(x.k), v: rest(x.v), dout: rest(x.dout) }, isa);
    for (const name of ['o', 'lse', 'dq', 'dk', 'dv'] as const)
      expect(valuesOf(rest(packed[name])), name).toEqual(valuesOf(separate[name]));
  });

  describe.each([
    [1, 300, 0],
    [3, 129, 40],
    [70, 200, 0],
  ])('%i queries at the end of a cache of %i keys, window %i', (queries, keys, window) => {
    it.each(activations)('%s', (type) => {
      const next = bell(7);
      const shape: Shape = { lengths: [], heads: 6, kvHeads: 2, dim: 32, window };
      const args = {
        q: matrix(type, queries + 1, 192, next),
        k: matrix(type, keys + 20, 64, next),
        v: matrix(type, keys + 20, 64, next),
        o: zeros(type, queries + 1, 192),
        cu_q: indices([0, queries, queries + 1]),
        k_start: indices([3, keys + 9]),
        k_len: indices([keys, 5]),
        ...numbers(shape),
      };
      const [expected, found] = ['scalar', isa].map((tier) => runOn(tier, 'attention_forward', args).o!);
      expect(difference(found!, expected!)).toBeLessThan(bounds[type]);
    });
  });

  describe.each([0, 40])('keys in blocks of a pool, window %i', (window) => {
    // decoding alone, a prompt and decoding in one call, a prompt at the end of a cache
    it.each([[[1, 1, 1, 1]], [[1, 70, 1, 0]], [[33, 2, 1, 5]]])('%j queries', (queries) => {
      for (const type of activations) {
        for (const size of [16, 4]) {
          const next = bell(9);
          const keys = [300, 70, 1, 17];
          const [heads, kvHeads, dim, rows] = [6, 2, 32, starts(queries).at(-1)!];
          const used = keys.map((n) => Math.ceil(n / size));
          const pool = starts(used).at(-1)! + 3;
          const width = Math.max(...used);
          // the blocks of a sequence lie apart; what a table does not use is no block
          const block = (s: number, j: number) => (j < used[s]! ? ((starts(used)[s]! + j) * 7 + 2) % pool : -1);
          const args = {
            q: matrix(type, rows, heads * dim, next),
            k: matrix(type, pool * size, kvHeads * dim, next),
            v: matrix(type, pool * size, kvHeads * dim, next),
            o: zeros(type, rows, heads * dim),
            lse: zeros('f32', rows, heads),
            cu_q: indices(starts(queries)),
            k_len: indices(keys),
            block_table: { ...indices(keys.flatMap((_, s) => Array.from({ length: width }, (_, j) => block(s, j)))), shape: [4, width] },
            ...numbers({ lengths: [], heads, kvHeads, dim, window }),
            block_size: size,
          };
          expect(new Set(used.flatMap((n, s) => Array.from({ length: n }, (_, j) => block(s, j)))).size).toBe(pool - 3);
          const [expected, found] = ['scalar', isa].map((tier) => runOn(tier, 'attention_forward', args));
          for (const name of ['o', 'lse'])
            expect(difference(found![name]!, expected![name]!), `${type} ${name}`).toBeLessThan(bounds[type]);
        }
      }
    });
  });

  it('a NaN in one key reaches every later row of its sequence, and no other', () => {
    const shape: Shape = { lengths: [20, 20], heads: 1, kvHeads: 1, dim: 16 };
    const x = inputs(shape, 'f32');
    x.k.data[5 * x.k.ld!] = Number.NaN;
    const o = valuesOf(attention(shape, 'f32', x, isa).o);
    for (let row = 0; row < 40; row++) expect(Number.isNaN(o[row * 16]!), `row ${row}`).toBe(row >= 5 && row < 20);
  });
});

it("the oracle's gradients are the slopes of its forward", () => {
  const shape: Shape = { lengths: [6, 4], heads: 4, kvHeads: 2, dim: 4, window: 4, softCap: 1.5 };
  const x = inputs(shape, 'f32', 3);
  const gradients = attention(shape, 'f32', x, 'scalar');
  const objective = (): number => {
    const o = valuesOf(attention(shape, 'f32', x, 'scalar').o);
    return valuesOf(x.dout).reduce((sum, g, i) => sum + g * o[i]!, 0);
  };
  const step = 1 / 64;
  for (const [input, gradient] of [
    [x.q, gradients.dq],
    [x.k, gradients.dk],
    [x.v, gradients.dv],
  ] as const) {
    const expected = valuesOf(gradient);
    for (let r = 0; r < 10; r += 3) {
      for (let c = 0; c < input.shape[1]!; c += 3) {
        const at = r * input.ld! + c;
        const kept = input.data[at]!;
        input.data[at] = kept + step;
        const above = objective();
        input.data[at] = kept - step;
        const slope = (above - objective()) / (2 * step);
        input.data[at] = kept;
        expect(slope).toBeCloseTo(expected[r * input.shape[1]! + c]!, 3);
      }
    }
  }
});

it('sequences that do not fit the rows are refused', () => {
  const shape: Shape = { lengths: [4], heads: 1, kvHeads: 1, dim: 8 };
  const x = inputs(shape, 'f32');
  const o = zeros('f32', 4, 8);
  const run = (cu: number[], kStart: number, kLen: number): void =>
    runOp('attention_forward', {
      q: x.q,
      k: x.k,
      v: x.v,
      o,
      cu_q: indices(cu),
      k_start: indices([kStart]),
      k_len: indices([kLen]),
      ...numbers(shape),
    });
  for (const [cu, start, length] of [
    [[0, 5], 0, 5],
    [[0, 4], 1, 4],
    [[0, 4], 0, 3],
    [[-1, 3], 0, 4],
  ] as const) {
    expect(() => run([...cu], start, length)).toThrow(expect.objectContaining({ code: 'FETTLE_INVALID_ARGUMENT' }));
  }
});

it('blocks that are not there, or do not fit, are refused', () => {
  const t = (rows: number) => zeros('f32', rows, 8);
  const table = (...blocks: number[]) => ({ ...indices(blocks), shape: [1, blocks.length] });
  const run = (more: Record<string, OpTensor | number>): void =>
    runOp('attention_forward', {
      ...{ q: t(1), k: t(32), v: t(32), o: t(1), cu_q: indices([0, 1]), k_len: indices([20]), heads: 1, kv_heads: 1, head_dim: 8 },
      ...{ block_table: table(0, 1), block_size: 16, ...more },
    });
  run({});
  const refused: [Record<string, OpTensor | number>, RegExp][] = [
    [{ block_table: table(0, 2) }, /block_table\[1\] must be in \[0, 2\), found 2/],
    [{ block_table: table(0) }, /k_len\[0\] needs 2/],
    [{ block_size: 12 }, /power of two/],
    [{ k_start: indices([0]) }, /k_start has no meaning/],
  ];
  for (const [more, message] of refused) expect(() => run(more)).toThrow(message);
});
