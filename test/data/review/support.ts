/** A data file with a review beside it. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset } from '../../../src/data/dataset.ts';
import type { Decision, Verdict } from '../../../src/data/review/decision.ts';
import { appendDecisions, decisionPath } from '../../../src/data/review/decision-file.ts';
import { Review } from '../../../src/data/review/review.ts';
import type { Row } from '../../../src/data/row.ts';
import { folder } from '../support/write-data.ts';

/** A folder of its own, so that no other test's review or seal is found. */
export const freshFolder = (): string => mkdtempSync(join(folder, 'review-'));

/** The rows as the file has them, whatever was decided. */
export async function rawRows(path: string): Promise<readonly Row[]> {
  const review = new Review({ path: '', decisions: [], torn: [] });
  return (await loadDataset(path, { review })).rows;
}

export async function decide(path: string, verdicts: readonly Verdict[], reviewer = 'ada'): Promise<void> {
  const date = '2026-01-02T03:04:05.000Z';
  await appendDecisions(
    decisionPath(path),
    verdicts.map((verdict): Decision => ({ ...verdict, reviewer, date })),
  );
}
