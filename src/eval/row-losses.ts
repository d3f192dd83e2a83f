/** Losses and token counts of rows, summed in the order of the rows so that micro-batching does not change a bit. */

import type { TokenRow } from '../data/micro-batches.ts';
import { FettleError } from '../errors.ts';
import type { BatchLoss } from '../native/types.ts';

/** A tokenized row that can be named to a person and whose targets are counted; `EncodedRow` of `src/data` is one. */
export interface CountedRow extends TokenRow {
  file: string;
  line: number;
  /** Targets that count in the loss. */
  supervised: number;
}

export function countTokens(rows: readonly CountedRow[]): { tokens: number; supervised_tokens: number } {
  return {
    tokens: rows.reduce((total, row) => total + row.input_ids.length, 0),
    supervised_tokens: rows.reduce((total, row) => total + row.supervised, 0),
  };
}

/**
 * Takes the losses of sequences to their rows, whose places in the list are `positions`.
 * @throws FettleError FETTLE_INTERNAL when the engine counted other targets than the data has: the mean would silently be wrong
 */
export function addLosses(lossOfRow: Float64Array, rows: readonly CountedRow[], positions: readonly number[], result: BatchLoss): void {
  for (const [sequence, position] of positions.entries()) {
    const row = rows[position]!;
    const counted = result.supervised[sequence];
    if (counted !== row.supervised) {
      const where = `${row.file}:${row.line}`;
      throw new FettleError('FETTLE_INTERNAL', `expected ${row.supervised} supervised tokens in ${where}, the engine counted ${counted}`);
    }
    lossOfRow[position] = result.loss_sum[sequence]!;
  }
}

export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
