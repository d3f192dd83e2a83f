/** Training steps of models with random NF4 weights on a device: how fast, in how much of its memory, and whether they learn as on the CPU. */
import { inChild } from '../../src/bench/in-child.ts';
import type { ShapeName } from '../../src/bench/shapes.ts';
import { spread } from '../../src/bench/statistics.ts';
import type { StepJob, StepResult } from '../../src/bench/step.ts';
import { FettleError } from '../../src/errors.ts';
import type { ActivationCheckpointing } from '../../src/native/types.ts';

const job = { kind: 'step', method: 'lora', r: 16, quantization: 'nf4', compute_dtype: 'bf16' } as const;

export interface StepRow {
  shape: ShapeName;
  sequences: number;
  /** Of each sequence. */
  tokens: number;
  activation_checkpointing: ActivationCheckpointing;
  /** null where it does not fit. */
  tokens_per_second: number | null;
  /** Bytes of the device. */
  memory: number | null;
}

/** One row for each mode. */
export async function stepRows(
  device: string,
  shape: ShapeName,
  sequences: number,
  tokens: number,
  modes: readonly ActivationCheckpointing[],
) {
  const rows: StepRow[] = [];
  for (const activation_checkpointing of modes) {
    const what = { shape, sequences, tokens, activation_checkpointing };
    const result = await unlessFull(inChild({ ...job, ...what, device, effort: { iterations: 5, time: 0 } }));
    const rate = result && (sequences * tokens) / spread(result.seconds).median;
    rows.push({ ...what, tokens_per_second: rate, memory: result?.device_memory ?? null });
  }
  return rows;
}

/** The result, or null where it needs more memory than there is. */
async function unlessFull(result: Promise<StepResult>): Promise<StepResult | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof FettleError && error.code === 'FETTLE_MEMORY') return null;
    throw error;
  }
}

export interface LearningRow {
  shape: ShapeName;
  /** Of each step. */
  losses: number[];
  cpu_losses: number[];
  /** The largest difference, as a share of the CPU's. */
  loss_difference: number;
  grad_norm_difference: number;
}

/** The same steps on the device and on the CPU. */
export async function learningRow(
  device: string,
  shape: ShapeName,
  sequences: number,
  tokens: number,
  steps: number,
): Promise<LearningRow> {
  const same: StepJob = { ...job, shape, sequences, tokens, activation_checkpointing: 'none', effort: { iterations: steps, time: 0 } };
  const there = (await inChild({ ...same, device })).steps;
  const here = (await inChild(same)).steps;
  const difference = (of: (step: (typeof here)[0]) => number) =>
    Math.max(...here.map((step, i) => Math.abs(of(there[i]!) - of(step)) / of(step)));
  return {
    shape,
    losses: there.map(({ loss }) => loss),
    cpu_losses: here.map(({ loss }) => loss),
    loss_difference: difference(({ loss }) => loss),
    grad_norm_difference: difference(({ grad_norm }) => grad_norm),
  };
}
