/** What a GPU is meant to reach with these kernels, and whether it did. */
import type { CublasRow } from './cublas.ts';
import type { RooflineRow } from './roofline.ts';
import type { LearningRow, StepRow } from './steps.ts';

export interface Measured {
  ops: RooflineRow[];
  cublas: CublasRow[];
  steps: StepRow[];
  learning: LearningRow[];
}

export interface Goal {
  name: string;
  unit: string;
  goal: number;
  /** Whether less is better. */
  at_most: boolean;
  /** null where it could not be measured: `missing` says why. */
  reached: number | null;
  ok: boolean;
  missing: string | null;
}

/** Tokens a second of an 8B model (r = 16, packed sequences of 2048). */
const speeds: readonly [gpu: RegExp, tokensPerSecond: number][] = [
  [/5090/, 4500],
  [/4090/, 3400],
  [/A100/, 4700],
  [/H100/, 12_000],
];
/** Of cuBLAS's speed. */
const cublasShares: readonly [gpu: RegExp, share: number][] = [
  [/GeForce|RTX/, 0.85],
  [/A100/, 0.7],
];

const gibibyte = 2 ** 30;

/** Every goal for a GPU of this name; the speed of the large model and the share of cuBLAS only where one is set. */
export function goalsOf(gpu: string, { ops, cublas, steps, learning }: Measured): Goal[] {
  const speed = speeds.find(([pattern]) => pattern.test(gpu))?.[1];
  const share = cublasShares.find(([pattern]) => pattern.test(gpu))?.[1];
  const shareOf = (name: string) => median(ops.filter(({ op, share: one }) => op === name && one !== null).map((row) => row.share!));
  const large = steps.filter(({ shape }) => shape === '8b');
  const memory = large.find((row) => row.tokens === 4096 && row.activation_checkpointing === 'full')?.memory;
  const packed = large.filter((row) => row.tokens === 2048 && row.tokens_per_second !== null).map((row) => row.tokens_per_second!);
  const unknown = `the peaks of ${gpu} are not known`;
  return [
    atLeast('NF4 dequantization', 'of the memory bandwidth', 0.9, shareOf('nf4_dequantize'), unknown),
    ...(share === undefined ? [] : [atLeast('bf16 GEMM', "of cuBLASLt's speed", share, cublasShare(cublas), 'cuBLASLt was not found')]),
    ...(speed === undefined
      ? []
      : [atLeast('8B QLoRA, packed 2048', 'tokens/s', speed, packed.length > 0 ? Math.max(...packed) : null, 'it does not fit')]),
    atMost('8B QLoRA, 4096 tokens, full checkpointing', 'GiB', 7.9, memory ? memory / gibibyte : null, 'it does not fit'),
    ...learning.flatMap(({ shape, loss_difference, grad_norm_difference }) => [
      atMost(`loss of ${shape}, step by step`, 'off the CPU', 0.01, loss_difference, ''),
      atMost(`gradient norm of ${shape}, step by step`, 'off the CPU', 0.02, grad_norm_difference, ''),
    ]),
  ];
}

function cublasShare(rows: readonly CublasRow[]): number | null {
  return median(rows.flatMap(({ own, cublas }) => (cublas === null ? [] : [cublas.seconds / own.seconds])));
}

function atLeast(name: string, unit: string, goal: number, reached: number | null, missing: string): Goal {
  return { name, unit, goal, at_most: false, reached, ok: reached !== null && reached >= goal, missing: reached === null ? missing : null };
}

function atMost(name: string, unit: string, goal: number, reached: number | null, missing: string): Goal {
  return { name, unit, goal, at_most: true, reached, ok: reached !== null && reached <= goal, missing: reached === null ? missing : null };
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
