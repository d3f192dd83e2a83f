/**
 * The engine's ops on typed arrays (`fettle/ops`): for benchmarks, tests and tools that build on top. Synchronous; the names and
 * arguments are those of csrc/ops/*.h.
 */
import { nativeAddon } from './addon.ts';
import type { OpCost } from './types.ts';

export type DType = 'f32' | 'bf16' | 'f64' | 'i32' | 'u32' | 'u8' | 'nf4';

/** Scales of an NF4 tensor: `absmax`, or double quantized `codes`, `absmax2` and `offset`. */
export interface Nf4Scales {
  absmax?: Float32Array;
  codes?: Uint8Array;
  absmax2?: Float32Array;
  offset?: number;
}

/** A row-major matrix [rows, cols] or vector [n] over a typed array; bf16 lies in a Uint16Array, NF4 in a Uint8Array. */
export interface OpTensor {
  data: Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;
  dtype: DType;
  shape: number[];
  /** Elements from one row to the next; the columns when absent. */
  ld?: number;
  nf4?: Nf4Scales;
}

/**
 * Runs an op in place on its output tensors. `place` names a tier of the CPU (scalar, portable, avx2, avx512, avx512bf16; default: the
 * best), or a device (cuda, cuda:1, simt), to which the tensors are copied and back.
 */
export function runOp(name: string, args: Record<string, OpTensor | number | undefined>, place?: string): void {
  nativeAddon().runOp(name, args, place);
}

/** Seconds of one run of an op, the mean of `runs` after one that is not counted; copies to and from a device are left out. */
export function timeOp(name: string, args: Record<string, OpTensor | number | undefined>, runs: number, place?: string): number {
  return nativeAddon().timeOp(name, args, runs, place);
}

/**
 * The ways to run an op on a device that are worth measuring, the one that the cost model takes for fastest first, each as
 * `FETTLE_CUDA_CONFIG=op:...` takes it; none where there is only one.
 */
export function opPlans(name: string, args: Record<string, OpTensor | number | undefined>, place: string): string[] {
  return nativeAddon().opPlans(name, args, place);
}

/** The least that such a call asks of a machine: flops of its products, and bytes of every tensor once. */
export function opCost(name: string, args: Record<string, OpTensor | number | undefined>): OpCost {
  return nativeAddon().opCost(name, args);
}

/** Names of all ops. */
export function opNames(): string[] {
  return nativeAddon().opNames();
}
