import { expect } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';
import { type DType, type OpTensor, runOp } from '../../src/native/ops.ts';

export type Args = Record<string, OpTensor | number | undefined>;
export type Activation = 'f32' | 'bf16';

export const cpuTiers: string[] = nativeAddon()
  .cpuInfo()
  .available.filter((tier) => tier !== 'scalar');
/**
 * The CUDA kernels: on the emulated device where its library is built (npm test builds it), on a GPU with FETTLE_TEST_DEVICE=cuda. Once with
 * rows that lie as the test says, mostly unaligned, and once with rows that start at multiples of 16 bytes.
 */
export const device = process.env.FETTLE_TEST_DEVICE ?? 'simt';
const deviceTiers = nativeAddon().deviceReport(device === 'simt' ? 'simt' : 'cuda').built ? [device, `${device} aligned`] : [];
/** Where an op's tests run beside the oracle, 'scalar'. */
export const tiers: string[] = [...cpuTiers, ...deviceTiers];
/** Those of `tiers` that have only one thread count. */
export const isDevice = (tier: string) => deviceTiers.includes(tier);
export const activations: Activation[] = ['f32', 'bf16'];
/** Allowed maxRelError of a fast tier against the oracle: sums of a few hundred products; bf16 differs by one rounding at most. */
export const tolerance: Record<Activation, number> = { f32: 4e-6, bf16: 2 ** -7 };

/** Elements past each row and past the end: NaNs with a pattern of their own. A kernel that reads them spoils its result, one that writes them is caught. */
const guard = { f32: 0x7fc0_dead, bf16: 0x7fde } as const;

/** Uniform numbers in [-1, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

const asFloat = new Float32Array(1);
const asBits = new Uint32Array(asFloat.buffer);

/** Float32 bits to bf16 bits, rounded to nearest even. */
export function toBf16(value: number): number {
  asFloat[0] = value;
  const bits = asBits[0]!;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
export function fromBf16(bits: number): number {
  asBits[0] = bits << 16;
  return asFloat[0]!;
}

/** An f32 or bf16 matrix; `pad` guard elements follow each row. `values` is a function of (row, column) or a row-major list. */
export function matrix(dtype: Activation, rows: number, cols: number, values: (row: number, col: number) => number, pad = 3): OpTensor {
  const ld = cols + pad;
  const data = dtype === 'f32' ? new Float32Array(rows * ld) : new Uint16Array(rows * ld);
  if (data instanceof Float32Array) new Uint32Array(data.buffer).fill(guard.f32);
  else data.fill(guard.bf16);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) data[r * ld + c] = dtype === 'f32' ? values(r, c) : toBf16(values(r, c));
  }
  return { data, dtype, shape: [rows, cols], ld };
}

export function zeros(dtype: Activation, rows: number, cols: number, pad = 3): OpTensor {
  return matrix(dtype, rows, cols, () => 0, pad);
}

/** An f32 vector. */
export function vector(n: number, values: (i: number) => number): OpTensor {
  return { data: Float32Array.from({ length: n }, (_, i) => values(i)), dtype: 'f32', shape: [n] };
}

export function indices(values: Iterable<number>): OpTensor {
  const data = Int32Array.from(values);
  return { data, dtype: 'i32', shape: [data.length] };
}

export function empty(dtype: Exclude<DType, 'nf4'>, n: number): OpTensor {
  const Kinds = { f32: Float32Array, f64: Float64Array, bf16: Uint16Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array };
  return { data: new Kinds[dtype](n), dtype, shape: [n] };
}

export const weights = ['f32', 'bf16', 'nf4'] as const;
/** A weight matrix; an NF4 one is made by the oracle and has fp32 scales. */
export function weight(kind: (typeof weights)[number], n: number, k: number, next: () => number): OpTensor {
  if (kind !== 'nf4') return matrix(kind, n, k, next);
  const packed = empty('u8', Math.ceil((n * k) / 2));
  const absmax = empty('f32', Math.ceil((n * k) / 64));
  const made = runOn('scalar', 'nf4_quantize', { x: matrix('f32', n, k, next, 0), packed, absmax });
  return { data: made.packed!.data, dtype: 'nf4', shape: [n, k], nf4: { absmax: made.absmax!.data as Float32Array } };
}

/** The values without the padding, row-major. */
export function valuesOf(t: OpTensor): number[] {
  const cols = t.shape.at(-1)!;
  const rows = t.shape.length === 2 ? t.shape[0]! : 1;
  const ld = t.ld ?? cols;
  const values: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let i = r * ld; i < r * ld + cols; i++) values.push(t.dtype === 'bf16' ? fromBf16(t.data[i]!) : t.data[i]!);
  }
  return values;
}

export function cloneTensor(t: OpTensor): OpTensor {
  return { ...t, data: t.data.slice() };
}

function expectGuardsIntact(name: string, t: OpTensor): void {
  const cols = t.shape.at(-1)!;
  if (t.ld === undefined || t.ld === cols || (t.dtype !== 'f32' && t.dtype !== 'bf16')) return;
  const bits = t.data instanceof Float32Array ? new Uint32Array(t.data.buffer, t.data.byteOffset, t.data.length) : t.data;
  let broken = -1;
  for (let end = cols; end < bits.length; end += t.ld) {
    for (let i = end; i < end + t.ld - cols; i++) if (bits[i] !== guard[t.dtype as Activation]) broken = i;
  }
  expect(broken, `${name}: element ${broken} lies outside the matrix and was written`).toBe(-1);
}

/** Runs an op on copies of the tensors and returns the copies; aliased arguments stay aliased. `scalar` is the oracle. */
export function runOn(tier: string, name: string, args: Args): Record<string, OpTensor> {
  const copies = new Map<OpTensor, OpTensor>();
  const run: Args = {};
  const out: Record<string, OpTensor> = {};
  for (const [key, value] of Object.entries(args)) {
    if (typeof value !== 'object') {
      run[key] = value;
      continue;
    }
    const copy = copies.get(value) ?? cloneTensor(value);
    copies.set(value, copy);
    run[key] = copy;
    out[key] = copy;
  }
  if (tier.endsWith(' aligned')) runAligned(tier.slice(0, -' aligned'.length), name, run);
  else runOp(name, run, tier);
  for (const [key, t] of Object.entries(out)) expectGuardsIntact(`${name} ${key}`, t);
  return out;
}

/**
 * The op on tensors whose rows start at multiples of eight elements, eight guards after each row; results go back to where `args` has them.
 * Contiguous ones stay: some ops ask for that.
 */
function runAligned(place: string, name: string, args: Args): void {
  const moved = new Map<OpTensor, OpTensor>();
  const aligned: Args = {};
  for (const [key, t] of Object.entries(args)) {
    if (
      typeof t === 'object' &&
      t.shape.length === 2 &&
      (t.dtype === 'f32' || t.dtype === 'bf16') &&
      t.ld !== undefined &&
      t.ld > t.shape[1]!
    ) {
      const values = valuesOf(t);
      const [rows, cols] = [t.shape[0]!, t.shape[1]!];
      const copy = moved.get(t) ?? matrix(t.dtype, rows, cols, (r, c) => values[r * cols + c]!, ((8 - (cols % 8)) % 8) + 8);
      moved.set(t, copy);
      aligned[key] = copy;
    } else aligned[key] = t;
  }
  runOp(name, aligned, place);
  for (const [to, from] of moved) {
    expectGuardsIntact(name, from);
    const [rows, cols] = [to.shape[0]!, to.shape[1]!];
    for (let r = 0; r < rows; r++) {
      to.data.set(from.data.subarray(r * from.ld!, r * from.ld! + cols), r * (to.ld ?? cols));
    }
  }
}

/** Largest |a - e| / (|e| + rms(e)); infinite when a is not finite where e is. */
export function maxRelError(actual: readonly number[], expected: readonly number[]): number {
  const rms = Math.sqrt(expected.reduce((sum, e) => sum + e * e, 0) / Math.max(1, expected.length));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (a === e) continue;
    const error = Math.abs(a - e) / (Math.abs(e) + rms);
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return worst;
}

/** The op on `tier` gives what the oracle gives, within `limit` by maxRelError, and the same bits with 1, 3 and 4 threads. */
export function expectLikeOracle(tier: string, name: string, args: Args, outputs: readonly string[], limit: number): void {
  const expected = runOn('scalar', name, args);
  const [alone, ...shared] = (isDevice(tier) ? [1, 1] : [1, 3, 4]).map((threads) => withThreads(threads, () => runOn(tier, name, args)));
  for (const key of outputs) {
    expect(maxRelError(valuesOf(alone![key]!), valuesOf(expected[key]!)), `${name} ${key} on ${tier}`).toBeLessThanOrEqual(limit);
    for (const more of shared) {
      expect(bytesOf(more[key]!).equals(bytesOf(alone![key]!)), `${name} ${key} on ${tier}: same bits with more threads`).toBe(true);
    }
  }
}

export function bytesOf(t: OpTensor): Buffer {
  return Buffer.from(t.data.buffer, t.data.byteOffset, t.data.byteLength);
}

export function withThreads<T>(threads: number, f: () => T): T {
  const before = nativeAddon().cpuInfo().threads;
  nativeAddon().setThreads(threads);
  try {
    return f();
  } finally {
    nativeAddon().setThreads(before);
  }
}

/**
 * Compares a gradient with central differences of `loss`, at up to 40 elements spread over the f32 tensor `at`.
 * `loss` reads `at` anew each time it is called.
 */
export function expectGradient(at: OpTensor, gradient: OpTensor, loss: () => number, limit = 2e-3, step = 2 ** -7): void {
  const [rows, cols] = at.shape.length === 2 ? (at.shape as [number, number]) : [1, at.shape[0]!];
  const every = Math.max(1, Math.floor((rows * cols) / 40));
  const differences: number[] = [];
  const analytic: number[] = [];
  const values = valuesOf(gradient);
  for (let i = 0; i < rows * cols; i += every) {
    const place = Math.floor(i / cols) * (at.ld ?? cols) + (i % cols);
    const x = at.data[place]!;
    at.data[place] = x + step;
    const above = loss();
    at.data[place] = x - step;
    const below = loss();
    at.data[place] = x;
    differences.push((above - below) / (2 * step));
    analytic.push(values[i]!);
  }
  expect(maxRelError(analytic, differences)).toBeLessThan(limit);
}

/** sum(a * b): a scalar loss whose gradient by a is b. */
export function dot(a: OpTensor, b: OpTensor): number {
  const right = valuesOf(b);
  return valuesOf(a).reduce((sum, v, i) => sum + v * right[i]!, 0);
}
