/** What becomes of the size of micro-batches when memory runs out after all. */
import { FettleError } from '../errors.ts';

/**
 * The next smaller size to try after an error. A step is normalised by its supervised tokens, so smaller micro-batches make the same step.
 * @throws `error` itself when it is not about memory, or when no smaller micro-batch holds the longest row
 */
export function smallerMicroBatch(error: unknown, tokens: number, longest_row: number): number {
  const smaller = Math.max(longest_row, Math.ceil(tokens / 2));
  if (!(error instanceof FettleError) || error.code !== 'FETTLE_MEMORY' || smaller >= tokens) throw error;
  return smaller;
}
