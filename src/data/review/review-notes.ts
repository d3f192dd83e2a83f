/** What a review did to the rows, in words: said wherever data is loaded. */
import type { ReviewSummary } from './review.ts';

export interface ReviewNote {
  severity: 'note' | 'warning';
  message: string;
}

/** One note on the rows that were changed, and a warning for everything that needs a look. */
export function reviewNotes({ path, reviewers, rows, missing, disputed, torn }: ReviewSummary): ReviewNote[] {
  const notes: ReviewNote[] = [
    {
      severity: 'note',
      message: `review by ${reviewers.join(', ') || 'nobody'} (${path}): ${count(rows.rejected, 'row')} rejected and left out, ${rows.edited} edited`,
    },
  ];
  if (missing > 0)
    notes.push({
      severity: 'note',
      message: `${count(missing, 'decision')} of the review ${missing === 1 ? 'is' : 'are'} about rows that the data no longer has`,
    });
  if (disputed > 0)
    notes.push({
      severity: 'warning',
      message: `reviewers disagree on ${count(disputed, 'row')}; the latest decision counts (fettle review DATA --agreement lists them)`,
    });
  if (torn.length > 0) {
    const lines = `line${torn.length === 1 ? '' : 's'} ${torn.join(', ')}`;
    notes.push({
      severity: 'warning',
      message: `${lines} of ${path} ${torn.length === 1 ? 'was' : 'were'} left unfinished by a crash: that decision is lost, the others hold`,
    });
  }
  return notes;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
