/** What the check finds in one row beside others: for rows that are being written or edited. */
import type { CheckOptions } from './check.ts';
import type { Detector } from './detectors/detector.ts';
import { detectors, lateDetectors } from './detectors/registry.ts';
import { rowComparison } from './detectors/row-comparison.ts';
import { newTokenCounts, tokenization } from './detectors/tokenization.ts';
import { unsupportedFact } from './detectors/unsupported-fact.ts';
import { parseFacts } from './facts.ts';
import type { Finding } from './findings.ts';
import type { Row } from './row.ts';

/** The findings on `row`, as if it came after `others` in a file; its line must not be one of theirs. */
export async function checkRow(row: Row, others: readonly Row[], options: Pick<CheckOptions, 'facts' | 'model'> = {}): Promise<Finding[]> {
  const all: Detector[] = [...detectors(), ...(await lateDetectors(rowComparison()))];
  if (options.facts !== undefined) all.push(unsupportedFact(parseFacts(options.facts)));
  if (options.model !== undefined) all.push(tokenization(options.model, options.model, newTokenCounts()));
  const found: Finding[] = [];
  for (const one of [...others, row]) {
    for (const detector of all) {
      detector.see?.(one);
      for (const finding of detector.row?.(one) ?? []) found.push(finding);
    }
  }
  for (const detector of all) for (const finding of detector.finish?.() ?? []) found.push(finding);
  return found.filter(({ line }) => line === row.line);
}
