/** Loads a whole data file as canonical rows, or says everything that is wrong with it. */
import { type ErrorCode, FettleError, interruptible, type Problem } from '../errors.ts';
import { type Flaw, isFlaw } from './read/record.ts';
import { emptyData } from './read/source.ts';
import { type ReadOptions, readRows } from './read-rows.ts';
import { Review, type ReviewSummary } from './review/review.ts';
import type { Row, Shape } from './row.ts';

export interface Dataset {
  path: string;
  shape: Shape;
  rows: readonly Row[];
  /** What reviewers decided about its rows, applied already; null where none did. */
  review?: ReviewSummary | null;
}

/**
 * Reads `path`: JSON Lines, JSON, CSV, TSV or Parquet, of the shape `format` (default `auto`).
 * Throws FETTLE_DATA, FETTLE_DATA_FORMAT or FETTLE_DATA_ENCODING with every bad row in `problems`, FETTLE_DATA_EMPTY when there is
 * no row, FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION or FETTLE_INTERRUPTED.
 */
export async function loadDataset(path: string, options: ReadOptions = {}): Promise<Dataset> {
  return interruptible(`reading ${path}`, options.signal, () => load(path, options));
}

/** Bad rows that are listed; who has more has another problem, and memory has an end. */
const mostFlaws = 100_000;

async function load(path: string, options: ReadOptions): Promise<Dataset> {
  const { review = await Review.of(path) } = options;
  const rows: Row[] = [];
  const flaws: Flaw[] = [];
  for await (const row of readRows(path, { ...options, review })) {
    if (!isFlaw(row)) rows.push(row);
    else if (flaws.length < mostFlaws) flaws.push(row);
  }
  if (flaws.length > 0) throw badRows(path, flaws, rows.length);
  const first = rows[0];
  const { summary } = review;
  if (first === undefined) {
    const rejected = summary !== null && summary.rows.rejected > 0;
    throw emptyData(path, rejected ? `reviewers rejected every row (${summary.path})` : 'it has only blanks, or a header without rows');
  }
  return { path, shape: first.shape, rows, review: summary };
}

function badRows(path: string, flaws: readonly Flaw[], good: number): FettleError {
  const codes = new Set(flaws.map((flaw) => flaw.code));
  const code: ErrorCode = codes.size === 1 ? flaws[0]!.code : 'FETTLE_DATA';
  const lines = new Set(flaws.map((flaw) => flaw.problem.line)).size;
  return dataError(
    code,
    `expected ${lines + good} usable rows in ${path}, found ${lines} that ${lines === 1 ? 'is' : 'are'} not`,
    flaws.map((flaw) => flaw.problem),
  );
}

/** A data error whose message ends with the first problem, for those who see only the message. */
export function dataError(code: ErrorCode, message: string, problems: readonly Problem[], hint?: string): FettleError {
  const first = problems[0];
  const where = [first?.file, first?.line, first?.field].filter((part) => part !== undefined).join(':');
  return new FettleError(code, first === undefined ? message : `${message}; the first: ${where}: ${first.message}`, {
    problems,
    hint: hint ?? first?.hint,
  });
}
