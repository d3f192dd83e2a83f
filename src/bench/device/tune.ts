/** Times every way to compute a GEMM-like op that the cost model leaves, and keeps the fastest for the launchers to read. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { opCost, opPlans, timeOp } from '../../native/ops.ts';
import { ideal } from '../ceilings.ts';
import { type Peaks, peaksOf } from './peaks.ts';
import type { TuningCase } from './tuning-cases.ts';

export interface Way {
  /** As `FETTLE_CUDA_CONFIG=op:...` takes it. */
  plan: string;
  kind: WayKind;
  seconds: number;
}

export type WayKind = 'fused' | 'dequantize + GEMM' | 'panels + GEMM' | 'GEMM' | 'cuBLASLt';

export interface TunedCase extends Omit<TuningCase, 'args'> {
  type: 'tuned';
  /** The fastest first. */
  ways: Way[];
  /** The fastest, as a share of what the GPU could do; null where its peaks are not known. */
  share: number | null;
}

/** Measures one product on a device, each way with `runs` calls. */
export function tuneCase(one: TuningCase, device: string, gpu: string, runs: number): TunedCase {
  const { args: make, ...what } = one;
  const args = make();
  const ways = opPlans(one.op, args, device)
    .map((plan) => ({ plan, kind: kindOf(plan, one.weights), seconds: withPlan(one.op, plan, () => timeOp(one.op, args, runs, device)) }))
    .sort((a, b) => a.seconds - b.seconds);
  const peaks = peaksOf(gpu);
  return { type: 'tuned', ...what, ways, share: peaks && leastSeconds(one.op, args, peaks) / ways[0]!.seconds };
}

function leastSeconds(op: string, args: ReturnType<TuningCase['args']>, { bf16, bandwidth }: Peaks): number {
  return ideal(opCost(op, args), { bf16, f32: bf16, read: bandwidth, copy: bandwidth }).seconds;
}

function kindOf(plan: string, weights: TuningCase['weights']): WayKind {
  if (plan.startsWith('cublaslt')) return 'cuBLASLt';
  if (plan.startsWith('nf4')) return 'fused';
  if (plan.includes('/')) return 'panels + GEMM';
  return weights === 'nf4' ? 'dequantize + GEMM' : 'GEMM';
}

/** Runs `work` with one way of an op forced. */
function withPlan<T>(op: string, plan: string, work: () => T): T {
  const before = process.env.FETTLE_CUDA_CONFIG;
  process.env.FETTLE_CUDA_CONFIG = `${op}:${plan}`;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env.FETTLE_CUDA_CONFIG;
    else process.env.FETTLE_CUDA_CONFIG = before;
  }
}

/** Adds the fastest ways to the file that the device names (`tuning_file`); the device reads it when it is opened. */
export function writeTuning(file: string, cases: readonly TunedCase[]): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const plans = new Map(before.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]));
  for (const { op, weights, tokens, rows, columns, ways } of cases)
    plans.set([op, weights, tokens, rows, columns].join(' '), ways[0]!.plan);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, [...plans].map((words) => `${words.join(' ')}\n`).join(''));
  renameSync(`${file}.new`, file);
}
