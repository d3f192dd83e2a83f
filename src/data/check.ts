/** The review of a data set: one streaming pass, everything that is wrong or suspicious as findings, then a summary. */
import type { DataFormat } from '../config/schema.ts';
import type { Detector } from './detectors/detector.ts';
import { detectors } from './detectors/registry.ts';
import { newTokenCounts, type TokenCounts, tokenization } from './detectors/tokenization.ts';
import { unsupportedFact } from './detectors/unsupported-fact.ts';
import type { Encoder } from './encode-row.ts';
import { parseFacts } from './facts.ts';
import { type Finding, type FindingCode, finding, type Severity } from './findings.ts';
import { LateReview } from './late-review.ts';
import { type MeaningModel, RowMeanings } from './meaning/row-meanings.ts';
import { type DataProfile, ProfileBuilder, type TopicProfile } from './profile/data-profile.ts';
import { type Flaw, isFlaw } from './read/record.ts';
import { readRows } from './read-rows.ts';
import { Review, type ReviewSummary } from './review/review.ts';
import type { Shape } from './row.ts';

export interface CheckOptions {
  format?: DataFormat;
  /** Adds what the model will really see. */
  model?: Encoder & { max_length: number };
  /** A loaded model whose hidden states find what says the same in other words, and sharpen the topics. */
  semantic?: MeaningModel;
  /** The text of a facts file (a policy): answers are compared with it. */
  facts?: string;
  /** The reviewers' decisions to apply; left out, those beside the data. */
  review?: Review;
  /** Called now and then. */
  onProgress?: (progress: CheckProgress) => void;
  signal?: AbortSignal;
}

export interface CheckProgress {
  /** Rows read so far. */
  rows: number;
  bytes: number;
  /** Bytes of the file; null for a pipe. */
  size: number | null;
  /** Then, with a model, what the rows mean is asked (`rows` are done); the last stage compares rows with each other. */
  stage: 'reading' | 'understanding' | 'comparing';
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
  /** Warnings and notes on rows that a reviewer accepted: not among the findings. */
  accepted: number;
  /** What the data looks like as a whole. */
  profile: DataProfile & { topics: readonly TopicProfile[] };
}

/**
 * Yields findings as they are found, and the summary last.
 * Throws a FettleError when the file as a whole cannot be read (missing, a folder, UTF-16, compressed, empty).
 */
export async function* checkDataset(path: string, options: CheckOptions = {}): AsyncGenerator<Finding | { summary: CheckSummary }> {
  const counts = newTokenCounts();
  const { review = await Review.of(path) } = options;
  const early: Detector[] = detectors();
  if (options.facts !== undefined) early.push(unsupportedFact(parseFacts(options.facts)));
  if (options.model !== undefined) early.push(tokenization(options.model, options.model, counts));
  const summary: CheckSummary = {
    file: path,
    shape: null,
    usable: 0,
    rows: 0,
    findings: { error: 0, warning: 0, note: 0 },
    codes: {},
    tokenization: options.model === undefined ? null : counts,
    review: null,
    accepted: 0,
    profile: { questions: null, answers: null, turns: null, labels: [], topics: [] },
  };
  const counted = function* (all: Iterable<Finding>): Iterable<Finding> {
    for (const found of all) {
      // What would stop training is no matter of opinion.
      if (found.line !== null && found.severity !== 'error' && review.isAccepted(found.line)) summary.accepted++;
      else {
        summary.findings[found.severity]++;
        summary.codes[found.code] = (summary.codes[found.code] ?? 0) + 1;
        yield found;
      }
    }
  };
  const progress: CheckProgress = { rows: 0, bytes: 0, size: null, stage: 'reading' };
  const onBytes = (bytes: number, size: number | null) => {
    Object.assign(progress, { rows: summary.rows, bytes, size });
    options.onProgress?.(progress);
  };
  const late = new LateReview();
  const meanings = options.semantic && new RowMeanings(options.semantic);
  const profile = new ProfileBuilder();
  let badLine = -1;
  try {
    for await (const row of readRows(path, { ...options, review, onBytes })) {
      if (isFlaw(row)) {
        if (row.problem.line !== badLine) summary.rows++;
        badLine = row.problem.line ?? -1;
        yield* counted([flawFinding(row, path)]);
        continue;
      }
      summary.rows++;
      summary.usable++;
      summary.shape ??= row.shape;
      for (const detector of early) {
        detector.see?.(row);
        yield* counted(detector.row?.(row) ?? []);
      }
      profile.see(row);
      meanings?.see(row);
      await late.see(row);
    }
    for (const detector of early) yield* counted(detector.finish?.() ?? []);
    const understood = await meanings?.vectors(
      (rows) => options.onProgress?.({ ...progress, rows, stage: 'understanding' }),
      options.signal,
    );
    options.onProgress?.({ ...progress, rows: summary.rows, stage: 'comparing' });
    for await (const found of late.finish(understood)) yield* counted([found]);
  } finally {
    await late.stop();
  }
  summary.review = review.summary;
  summary.profile = { ...profile.profile(), topics: late.topics };
  yield { summary };
}

function flawFinding({ finding: code, problem }: Flaw, path: string): Finding {
  const { line, field, message, hint } = problem;
  return finding(code, { file: path, line: line ?? null, field: field ?? null, message, ...(hint !== undefined && { hint }) });
}
