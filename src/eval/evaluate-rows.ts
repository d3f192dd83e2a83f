/** Loss over tokenized rows: the sum over supervised tokens divided by their number, whatever the micro-batching. */

import { microBatches } from '../data/micro-batches.ts';
import type { NativeModel } from '../native/types.ts';
import { addLosses, type CountedRow, countTokens, sum } from './row-losses.ts';

/** Rows that are packed together: enough for full micro-batches, few enough to pack at once. */
const rowsAtOnce = 256;

export interface EvaluateRowsOptions {
  micro_batch_tokens: number;
  signal?: AbortSignal;
  /** Called after each micro-batch with the rows done so far. */
  onProgress?: (done: number, total: number) => void;
}

export interface RowsLoss {
  /** Sum of -log p over supervised tokens / their number. */
  loss: number;
  tokens: number;
  supervised_tokens: number;
  /** Sum of -log p of each row, in the order given. */
  loss_sums: Float64Array;
}

/** Evaluates without gradients or dropout. @returns null when the signal stopped it */
export async function evaluateRows(
  native: NativeModel,
  rows: readonly CountedRow[],
  options: EvaluateRowsOptions,
): Promise<RowsLoss | null> {
  const loss_sums = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const part = rows.slice(start, start + rowsAtOnce);
    let done = start;
    for (const micro of microBatches(part, options.micro_batch_tokens)) {
      if (options.signal?.aborted) return null;
      addLosses(loss_sums.subarray(start, start + part.length), part, micro.positions, await native.evaluate(micro.batch));
      done += micro.positions.length;
      options.onProgress?.(done, rows.length);
    }
  }
  const { tokens, supervised_tokens } = countTokens(rows);
  return { loss: sum(loss_sums) / supervised_tokens, tokens, supervised_tokens, loss_sums };
}
