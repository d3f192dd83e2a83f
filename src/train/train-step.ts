/** One optimizer step: micro-batches accumulated with exact global-token normalisation, clipping, AdamW. */

import { microBatches } from '../data/micro-batches.ts';
import { addLosses, type CountedRow, countTokens, sum } from '../eval/row-losses.ts';
import type { AdamWOptions, NativeModel } from '../native/types.ts';
import { nonFiniteError } from './non-finite.ts';

export interface TrainStepOptions {
  /** Optimizer step, from 1. */
  step: number;
  seed: number;
  micro_batch_tokens: number;
  /** Rate, betas, epsilon, weight decay and clipping of this step. */
  adamw: Omit<AdamWOptions, 'step'>;
  signal: AbortSignal | undefined;
}

export interface TrainStepResult {
  /** Mean over the step's supervised tokens. */
  loss: number;
  grad_norm: number;
  tokens: number;
  supervised_tokens: number;
  /** Sum of -log p of each row, in the order given. */
  loss_sums: Float64Array;
}

/**
 * Makes one optimizer step on `rows`.
 * @returns null when the signal stopped it between micro-batches: the weights are then those of before
 * @throws FettleError FETTLE_NON_FINITE, with the weights untouched
 */
export async function trainStep(
  native: NativeModel,
  rows: readonly CountedRow[],
  options: TrainStepOptions,
): Promise<TrainStepResult | null> {
  const { step, seed, signal } = options;
  const { tokens, supervised_tokens } = countTokens(rows);
  const batchOptions = { loss_scale: 1 / supervised_tokens, seed, step };
  const failed = (found: string) => nonFiniteError({ native, rows, options: batchOptions, found, where: `step ${step}` });

  const positions: number[] = [];
  native.zeroGrad();
  for (const micro of microBatches(rows, options.micro_batch_tokens)) {
    if (signal?.aborted) return null;
    await native.forwardBackward(micro.batch, batchOptions);
    positions.push(...micro.positions);
  }
  const { grad_norm, ...losses } = await native.optimizerStep({ ...options.adamw, step });
  const loss_sums = new Float64Array(rows.length);
  addLosses(loss_sums, rows, positions, losses);
  const loss = sum(loss_sums) / supervised_tokens;
  if (!Number.isFinite(loss)) throw await failed(`loss ${loss}`);
  if (!Number.isFinite(grad_norm)) throw await failed(`gradient norm ${grad_norm}`);
  return { loss, grad_norm, tokens, supervised_tokens, loss_sums };
}
