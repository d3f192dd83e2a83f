/** `review --export`: the data as reviewed, in a file of its own. */
import { exportReviewed } from '../../data/review/export-reviewed.ts';
import { grouped } from '../numbers.ts';
import { errColors as c, printJson, printLine, tell } from '../output.ts';
import { tellReview } from '../tell-review.ts';
import type { ReviewFlags } from './flags.ts';

export async function exportTo(data: string, target: string, { format, json }: ReviewFlags): Promise<void> {
  const { rows, sealed, review } = await exportReviewed(data, target, { format });
  if (review === null) tell(`${c.yellow('warning')}: nobody has reviewed ${data}: the copy has the same rows`);
  tellReview(review);
  if (json) printJson({ file: target, rows, sealed, review });
  else printLine(`${target}: ${grouped(rows)} rows${sealed === 0 ? '' : `, ${grouped(sealed)} of them sealed there too`}`);
}
