/** The review of a data set: one streaming pass, everything that is wrong or suspicious as findings, then a summary. */
import type { DataFormat } from '../config/schema.ts';
import type { Detector } from './detectors/detector.ts';
import { allDetectors } from './detectors/registry.ts';
import { type TokenCounts, tokenization } from './detectors/tokenization.ts';
import { unsupportedFact } from './detectors/unsupported-fact.ts';
import type { Encoder } from './encode-row.ts';
import { parseFacts } from './facts.ts';
import { type Finding, type FindingCode, finding, type Severity } from './findings.ts';
import { type Flaw, isFlaw } from './read/record.ts';
import { readRows } from './read-rows.ts';
import { Review, type ReviewSummary } from './review/review.ts';
import type { Shape } from './row.ts';

export interface CheckOptions {
  format?: DataFormat;
  /** Adds what the model will really see. */
  model?: Encoder & { max_length: number };
  /** The text of a facts file (a policy): answers are compared with it. */
  facts?: string;
  /** The reviewers' decisions to apply; left out, those beside the data. */
  review?: Review;
  /** Called now and then with the rows read so far. */
  onProgress?: (rows: number) => void;
  signal?: AbortSignal;
}

export interface CheckSummary {
  file: string;
  shape: Shape | null;
  /** Rows that can be used, and all rows. */
  usable: number;
  rows: number;
  findings: Record<Severity, number>;
  /** Findings of each code that was found. */
  codes: Partial<Record<FindingCode, number>>;
  /** Null without a model. */
  tokenization: TokenCounts | null;
  /** What reviewers decided, applied already; null where none did. */
  review: ReviewSummary | null;
}

/** Rows between two calls of `onProgress`. */
const progressRows = 1000;

/**
 * Yields findings as they are found, and the summary last.
 * Throws a FettleError when the file as a whole cannot be read (missing, a folder, UTF-16, compressed, empty).
 */
export async function* checkDataset(path: string, options: CheckOptions = {}): AsyncGenerator<Finding | { summary: CheckSummary }> {
  const counts: TokenCounts = { tokens: 0, supervised_tokens: 0, longest: 0, over_long: 0 };
  const { review = await Review.of(path) } = options;
  // The tables of the identifier take a while to load.
  const { eld } = await import('eld/small');
  const detectors: Detector[] = allDetectors(eld);
  if (options.facts !== undefined) detectors.push(unsupportedFact(parseFacts(options.facts)));
  if (options.model !== undefined) detectors.push(tokenization(options.model, options.model, counts));
  const summary: CheckSummary = {
    file: path,
    shape: null,
    usable: 0,
    rows: 0,
    findings: { error: 0, warning: 0, note: 0 },
    codes: {},
    tokenization: options.model === undefined ? null : counts,
    review: null,
  };
  const counted = (found: Finding): Finding => {
    summary.findings[found.severity]++;
    summary.codes[found.code] = (summary.codes[found.code] ?? 0) + 1;
    return found;
  };
  let badLine = -1;
  for await (const row of readRows(path, { ...options, review })) {
    if (isFlaw(row)) {
      if (row.problem.line !== badLine) summary.rows++;
      badLine = row.problem.line ?? -1;
      yield counted(flawFinding(row, path));
    } else {
      summary.rows++;
      summary.usable++;
      summary.shape ??= row.shape;
      for (const detector of detectors) {
        detector.see?.(row);
        for (const found of detector.row?.(row) ?? []) yield counted(found);
      }
    }
    if (summary.rows % progressRows === 0) options.onProgress?.(summary.rows);
  }
  for (const detector of detectors) for (const found of detector.finish?.() ?? []) yield counted(found);
  summary.review = review.summary;
  yield { summary };
}

function flawFinding({ finding: code, problem }: Flaw, path: string): Finding {
  const { line, field, message, hint } = problem;
  return finding(code, { file: path, line: line ?? null, field: field ?? null, message, ...(hint !== undefined && { hint }) });
}
