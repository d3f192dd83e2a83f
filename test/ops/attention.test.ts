import { describe, expect, it } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';
import { type OpTensor, runOp } from '../../src/native/ops.ts';

type Type = 'f32' | 'bf16';

interface Shape {
  lengths: number[];
  heads: number;
  kvHeads: number;
  dim: number;
  window?: number;
  softCap?: number;
}

const tiers = nativeAddon()
  .cpuInfo()
  .available.filter((t) => t !== 'scalar');

/** Mulberry32: uniform in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function tensor(dtype: Type, rows: number, cols: number, ld = cols): OpTensor {
  const n = rows * ld;
  return { data: dtype === 'f32' ? new Float32Array(n) : new Uint16Array(n), dtype, shape: [rows, cols], ld };
}

function random(dtype: Type, rows: number, cols: number, next: () => number, scale = 1, ld = cols): OpTensor {
  const t = tensor(dtype, rows, cols, ld);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let i = 0; i < t.data.length; i++) {
    value[0] = (next() + next() + next() - 1.5) * 2 * scale;
    t.data[i] = dtype === 'f32' ? value[0] : bits[0]! >>> 16;
  }
  return t;
}

function values(t: OpTensor): Float64Array {
  const [rows, cols] = t.shape as [number, number];
  const out = new Float64Array(rows * cols);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      const raw = t.data[r * (t.ld ?? cols) + c]!;
      if (t.dtype === 'bf16') bits[0] = raw << 16;
      out[r * cols + c] = t.dtype === 'bf16' ? value[0]! : raw;
    }
  }
  return out;
}

/** Largest difference, relative to the largest value of `b`. */
function difference(a: OpTensor, b: OpTensor): number {
  const [x, y] = [values(a), values(b)];
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < y.length; i++) {
    if (!Number.isFinite(x[i]!)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Math.abs(x[i]! - y[i]!));
    largest = Math.max(largest, Math.abs(y[i]!));
  }
  return worst / (largest || 1);
}

const ints = (list: number[]): OpTensor => ({ data: Int32Array.from(list), dtype: 'i32', shape: [list.length] });

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

/** q, k and v are columns of one matrix, as a fused projection gives them. */
function inputs(s: Shape, type: Type, seed = 1): Inputs {
  const next = randomNumbers(seed);
  const rows = starts(s.lengths).at(-1)!;
  const [qCols, kvCols] = [s.heads * s.dim, s.kvHeads * s.dim];
  const ld = qCols + 2 * kvCols;
  const fused = random(type, rows, ld, next);
  const part = (first: number, cols: number): OpTensor => ({ ...fused, data: fused.data.subarray(first), shape: [rows, cols], ld });
  return { q: part(0, qCols), k: part(qCols, kvCols), v: part(qCols + kvCols, kvCols), dout: random(type, rows, qCols, next) };
}

type Outputs = Record<'o' | 'lse' | 'dq' | 'dk' | 'dv', OpTensor>;

/** Forward and backward; the backward reads `reference`'s o and lse when given. */
function attention(s: Shape, type: Type, x: Inputs, isa: string, reference?: Outputs): Outputs {
  const cu = starts(s.lengths);
  const rows = cu.at(-1)!;
  const [qCols, kvCols] = [s.heads * s.dim, s.kvHeads * s.dim];
  const out: Outputs = {
    o: tensor(type, rows, qCols),
    lse: tensor('f32', rows, s.heads),
    dq: tensor(type, rows, qCols),
    dk: tensor(type, rows, kvCols),
    dv: tensor(type, rows, kvCols),
  };
  const { q, k, v, dout } = x;
  const forward = { q, k, v, o: out.o, lse: out.lse, cu_q: ints(cu), k_start: ints(cu.slice(0, -1)), k_len: ints(s.lengths) };
  runOp('attention_forward', { ...forward, ...numbers(s) }, isa);
  const { o, lse } = reference ?? out;
  runOp('attention_backward', { q, k, v, o, dout, lse, dq: out.dq, dk: out.dk, dv: out.dv, cu: ints(cu), ...numbers(s) }, isa);
  return out;
}

const shapes: Record<string, Shape> = {
  'grouped heads, several lengths': { lengths: [5, 70, 1, 129], heads: 4, kvHeads: 2, dim: 16 },
  'head_dim 64': { lengths: [150], heads: 6, kvHeads: 2, dim: 64 },
  'a narrow window, odd sizes': { lengths: [140, 3], heads: 3, kvHeads: 1, dim: 20, window: 17 },
  'a window wider than a tile, soft cap': { lengths: [170], heads: 2, kvHeads: 1, dim: 80, window: 70, softCap: 2 },
  'soft cap, head_dim 256': { lengths: [80], heads: 2, kvHeads: 2, dim: 256, softCap: 5 },
  'more heads than a tile has rows': { lengths: [1, 2], heads: 70, kvHeads: 1, dim: 4 },
};

const bounds: Record<Type, number> = { f32: 5e-6, bf16: 2 ** -7 };

describe.each(tiers)('attention on %s equals the scalar oracle', (isa) => {
  describe.each(Object.entries(shapes))('%s', (_, shape) => {
    it.each(['f32', 'bf16'] as const)('%s', (type) => {
      const x = inputs(shape, type);
      const oracle = attention(shape, type, x, 'scalar');
      const found = attention(shape, type, x, isa, oracle);
      for (const name of ['o', 'dq', 'dk', 'dv'] as const) expect(difference(found[name], oracle[name]), name).toBeLessThan(bounds[type]);
      expect(difference(found.lse, oracle.lse), 'lse').toBeLessThan(2e-6);
    });
  });

  it('one or two threads give the same bits', () => {
    const shape = shapes['grouped heads, several lengths']!;
    const addon = nativeAddon();
    const threads = addon.cpuInfo().threads;
    const x = inputs(shape, 'bf16');
    try {
      addon.setThreads(1);
      const one = attention(shape, 'bf16', x, isa);
      addon.setThreads(2);
      expect(attention(shape, 'bf16', x, isa)).toEqual(one);
    } finally {
      addon.setThreads(threads);
    }
  });

  it('a sequence among others is as it is alone', () => {
    const both: Shape = { lengths: [33, 90], heads: 4, kvHeads: 2, dim: 24, window: 40 };
    const alone: Shape = { ...both, lengths: [90] };
    const x = inputs(both, 'f32');
    const rest = (t: OpTensor): OpTensor => ({ ...t, data: t.data.subarray(33 * t.ld!), shape: [90, t.shape[1]!] });
    const packed = attention(both, 'f32', x, isa);
    const separate = attention(alone, 'f32', { q: rest(x.q), k: rest(x.k), v: rest(x.v), dout: rest(x.dout) }, isa);
    for (const name of ['o', 'lse', 'dq', 'dk', 'dv'] as const) expect(values(rest(packed[name])), name).toEqual(values(separate[name]));
  });

  it.each([
    [1, 300, 0],
    [3, 129, 40],
    [70, 200, 0],
  ])('%i queries at the end of a cache of %i keys, window %i', (queries, keys, window) => {
    const next = randomNumbers(7);
    const shape: Shape = { lengths: [], heads: 6, kvHeads: 2, dim: 32, window };
    const q = random('f32', queries + 1, 192, next);
    const k = random('f32', keys + 20, 64, next);
    const v = random('f32', keys + 20, 64, next);
    const outputs = ['scalar', isa].map((tier) => {
      const o = tensor('f32', queries + 1, 192);
      const where = { cu_q: ints([0, queries, queries + 1]), k_start: ints([3, keys + 9]), k_len: ints([keys, 5]) };
      runOp('attention_forward', { q, k, v, o, ...where, ...numbers(shape) }, tier);
      return o;
    });
    expect(difference(outputs[1]!, outputs[0]!)).toBeLessThan(bounds.f32);
  });

  it('a NaN in one key reaches every later row of its sequence, and no other', () => {
    const shape: Shape = { lengths: [20, 20], heads: 1, kvHeads: 1, dim: 16 };
    const x = inputs(shape, 'f32');
    x.k.data[5 * x.k.ld!] = Number.NaN;
    const o = values(attention(shape, 'f32', x, isa).o);
    for (let row = 0; row < 40; row++) expect(Number.isNaN(o[row * 16]!), `row ${row}`).toBe(row >= 5 && row < 20);
  });
});

it("the oracle's gradients are the slopes of its forward", () => {
  const shape: Shape = { lengths: [6, 4], heads: 4, kvHeads: 2, dim: 4, window: 4, softCap: 1.5 };
  const x = inputs(shape, 'f32', 3);
  const gradients = attention(shape, 'f32', x, 'scalar');
  const objective = (): number => {
    const o = values(attention(shape, 'f32', x, 'scalar').o);
    return values(x.dout).reduce((sum, g, i) => sum + g * o[i]!, 0);
  };
  const step = 1 / 64;
  for (const [input, gradient] of [
    [x.q, gradients.dq],
    [x.k, gradients.dk],
    [x.v, gradients.dv],
  ] as const) {
    const expected = values(gradient);
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
  const o = tensor('f32', 4, 8);
  const run = (cu: number[], kStart: number, kLen: number): void =>
    runOp('attention_forward', {
      q: x.q,
      k: x.k,
      v: x.v,
      o,
      cu_q: ints(cu),
      k_start: ints([kStart]),
      k_len: ints([kLen]),
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
