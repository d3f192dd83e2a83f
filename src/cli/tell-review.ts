/** What a review did to the data that was just loaded, on stderr. */

import type { ReviewSummary } from '../data/review/review.ts';
import { reviewNotes } from '../data/review/review-notes.ts';
import { errColors as c, tell } from './output.ts';

export function tellReview(summary: ReviewSummary | null | undefined): void {
  if (!summary) return;
  for (const { severity, message } of reviewNotes(summary))
    tell(`${severity === 'warning' ? c.yellow('warning') : c.cyan('note')}: ${message}`);
}
