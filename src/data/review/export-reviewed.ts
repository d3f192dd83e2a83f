/** A clean copy of a data set: what reviewers rejected left out, what they edited in its new words, in the data's own shape. */
import { replaceText } from '../../atomic-file.ts';
import type { DataFormat } from '../../config/schema.ts';
import { carrySeals } from '../carry-seals.ts';
import { loadDataset } from '../dataset.ts';
import { recordsText } from '../write-records.ts';
import type { ReviewSummary } from './review.ts';

export interface ExportedReview {
  /** Rows written. */
  rows: number;
  /** Of them: rows of a sealed test set; their seal went along. */
  sealed: number;
  /** Null where nothing was decided. */
  review: ReviewSummary | null;
}

/**
 * Writes the rows of `path` to `target`, in one step.
 * Throws what `loadDataset` throws (a clean set has no unusable row), FETTLE_USAGE for a name of another format, FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function exportReviewed(
  path: string,
  target: string,
  options: { format?: DataFormat; signal?: AbortSignal } = {},
): Promise<ExportedReview> {
  const { rows, review = null } = await loadDataset(path, options);
  const text = recordsText(rows, target);
  const sealed = await carrySeals(rows, path, target);
  await replaceText(target, text);
  return { rows: rows.length, sealed, review };
}
