/** Finds out where a NaN or an infinity came from: which rows, and the first bad tensor. */

import { toBatch } from '../data/micro-batches.ts';
import { FettleError, formatWhere, type Problem } from '../errors.ts';
import type { CountedRow } from '../eval/row-losses.ts';
import type { NativeModel, TrainBatchOptions } from '../native/types.ts';

/** Rows that are run alone; beyond it a person has seen enough. */
const rowsProbed = 64;

export interface NonFiniteCase {
  native: NativeModel;
  rows: readonly CountedRow[];
  options: TrainBatchOptions;
  /** What came out, e.g. `loss NaN`. */
  found: string;
  /** `step 7` or `the evaluation after step 7`. */
  where: string;
}

/**
 * Runs every row alone and names those that give a non-finite value.
 * @returns FETTLE_NON_FINITE, to be thrown by the caller
 */
export async function nonFiniteError({ native, rows, options, found, where }: NonFiniteCase): Promise<FettleError> {
  const problems: Problem[] = [];
  for (const [index, row] of rows.slice(0, rowsProbed).entries()) {
    const tensor = await native.firstNonFinite(toBatch([row], [index]), options);
    if (tensor !== null) problems.push({ file: row.file, line: row.line, field: tensor, message: `first non-finite tensor: ${tensor}` });
  }
  const first = problems[0];
  const culprit =
    first === undefined
      ? 'no row gives it alone: the sum over the rows overflows'
      : `the first bad tensor is ${first.field}, for ${formatWhere({ file: first.file, line: first.line })}`;
  const everyRow = problems.length === Math.min(rows.length, rowsProbed) && rows.length > 1;
  return new FettleError('FETTLE_NON_FINITE', `expected a finite loss and gradient at ${where}, found ${found}; ${culprit}`, {
    problems,
    hint: everyRow
      ? 'every row is hit, so the weights have blown up: lower learning_rate, or set max_grad_norm; the last good checkpoint is untouched'
      : 'look at the rows that are named; the last good checkpoint is untouched',
  });
}
