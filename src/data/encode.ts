/** Encodes a whole data set for training or evaluation, and counts what was kept, cut and lost. */
import { setImmediate } from 'node:timers/promises';
import { type ErrorCode, FettleError, interruptible, type Problem } from '../errors.ts';
import { type Dataset, dataError } from './dataset.ts';
import { encodeRows, type RowTokenizer, type TokenizedRow } from './encode-row.ts';
import type { TemplateRenderer } from './render.ts';
import type { Row } from './row.ts';
import { ignoredLabel } from './shapes/tokens.ts';

export interface EncodeOptions {
  /** May be null for `tokens` rows only. */
  tokenizer: RowTokenizer | null;
  chatTemplate: TemplateRenderer | null;
  /** Tokens that end an answer. */
  eosIds: readonly number[];
  train_on: 'completion' | 'all';
  /** Tokens a row may have; the smaller of this and `max_positions` counts. */
  max_length: number;
  long_examples: 'error' | 'drop' | 'truncate';
  /** The model's positions. */
  max_positions?: number;
  /** The model's vocabulary; token ids outside are an error. */
  vocab_size?: number;
  /** The field whose value becomes `stratum`. */
  stratify_by?: string | null;
  signal?: AbortSignal;
}

export interface EncodedRow {
  input_ids: number[];
  /** As in Hugging Face: not shifted, -100 where not trained; `labels[0]` is never a target. */
  labels: number[];
  /** Labels that count as targets. */
  supervised: number;
  hash: string;
  file: string;
  line: number;
  truncated: boolean;
  stratum: string | null;
}

export interface EncodeReport {
  rows: number;
  kept: number;
  /** Rows that lost their end, stop token included. */
  cut: number;
  dropped: number;
  tokens: number;
  supervised_tokens: number;
  /** Supervised tokens in what was cut or dropped. */
  supervised_lost: number;
  /** Longest row before cutting. */
  longest: number;
  /** The limit that counted. */
  limit: number;
}

export interface EncodedRows {
  rows: EncodedRow[];
  report: EncodeReport;
}

/** What became of the rows, for people. */
export function keptText({ kept, cut, dropped, supervised_lost }: EncodeReport): string {
  return `${kept} rows kept (${cut} of them cut), ${dropped} dropped, ${supervised_lost} supervised tokens lost`;
}

/** Rows given to the tokenizer at once; between two lots the event loop runs, so that a signal can stop the work. */
const rowsAtOnce = 256;

/**
 * Tokens and labels of every row, in order. Throws with every bad row in `problems`: FETTLE_DATA (too long, nothing to train, token
 * ids out of range), FETTLE_TEMPLATE, FETTLE_BOS, FETTLE_STOP_TOKEN, FETTLE_TOKENIZER, FETTLE_DATA_EMPTY (all were dropped), FETTLE_INTERRUPTED.
 */
export async function encodeDataset(dataset: Pick<Dataset, 'path' | 'rows'>, options: EncodeOptions): Promise<EncodedRows> {
  return interruptible(`tokenizing ${dataset.path}`, options.signal, () => encode(dataset, options));
}

async function encode(dataset: Pick<Dataset, 'path' | 'rows'>, options: EncodeOptions): Promise<EncodedRows> {
  const limit = Math.min(options.max_length, options.max_positions ?? Number.POSITIVE_INFINITY);
  const report: EncodeReport = {
    rows: dataset.rows.length,
    kept: 0,
    cut: 0,
    dropped: 0,
    tokens: 0,
    supervised_tokens: 0,
    supervised_lost: 0,
    longest: 0,
    limit,
  };
  const rows: EncodedRow[] = [];
  const flaws: { code: ErrorCode; problem: Problem }[] = [];
  for (let at = 0; at < dataset.rows.length; at += rowsAtOnce) {
    options.signal?.throwIfAborted();
    const lot = dataset.rows.slice(at, at + rowsAtOnce);
    for (const [i, tokens] of tokensOf(lot, options).entries()) {
      const row = lot[i]!;
      const fitted = tokens instanceof FettleError ? tokens : applyLimit(tokens, row, options, report);
      if (fitted instanceof FettleError) flaws.push({ code: fitted.code, problem: placed(fitted, row) });
      else if (fitted !== null) rows.push(fitted);
    }
    await setImmediate();
  }
  if (flaws.length > 0) throw unusableRows(dataset.path, flaws);
  if (rows.length === 0) {
    throw new FettleError(
      'FETTLE_DATA_EMPTY',
      `expected at least one row of at most ${limit} tokens, found ${report.rows} longer ones: ${dataset.path}`,
      {
        hint: 'Raise data.max_length, or set data.long_examples to truncate.',
      },
    );
  }
  return { rows, report };
}

/** Tokens of each row before any length limit, or what is wrong with it; `tokens` rows as they are. */
export function tokensOf(rows: readonly Row[], options: EncodeOptions): (Pick<TokenizedRow, 'input_ids' | 'labels'> | FettleError)[] {
  const { tokenizer } = options;
  const texts = rows.filter((row) => row.kind !== 'tokens');
  if (tokenizer === null && texts.length > 0) {
    throw new FettleError('FETTLE_TOKENIZER', 'expected a model with a tokenizer, found one without', {
      hint: 'Only rows of the shape tokens ({"input_ids", "labels"}) need none.',
    });
  }
  const encoded = tokenizer === null ? [].values() : encodeRows(texts, { ...options, tokenizer }).values();
  return rows.map((row) => (row.kind === 'tokens' ? { input_ids: [...row.input_ids], labels: [...row.labels] } : encoded.next().value!));
}

function applyLimit(
  { input_ids, labels }: Pick<TokenizedRow, 'input_ids' | 'labels'>,
  row: Row,
  options: EncodeOptions,
  report: EncodeReport,
): EncodedRow | FettleError | null {
  const { limit } = report;
  report.longest = Math.max(report.longest, input_ids.length);
  const outside = input_ids.concat(labels).find((id) => id >= (options.vocab_size ?? Number.POSITIVE_INFINITY));
  if (outside !== undefined) {
    return new FettleError('FETTLE_DATA', `expected token ids below ${options.vocab_size}, found ${outside}`, {
      hint: 'Are these the tokens of another model?',
    });
  }
  const all = countSupervised(labels);
  const long = input_ids.length > limit;
  if (long && options.long_examples === 'error') {
    return new FettleError('FETTLE_DATA', `expected at most ${limit} tokens, found ${input_ids.length}`, {
      hint: 'Shorten the row, raise data.max_length, or set data.long_examples to drop or truncate.',
    });
  }
  if (long && options.long_examples === 'drop') {
    report.dropped++;
    report.supervised_lost += all;
    return null;
  }
  const ids = long ? input_ids.slice(0, limit) : input_ids;
  const kept = long ? labels.slice(0, limit) : labels;
  const supervised = countSupervised(kept);
  if (supervised === 0) {
    return new FettleError(
      'FETTLE_DATA',
      `expected tokens to train, found none${long ? ` in the first ${limit}: the prompt fills them` : ''}`,
      {
        hint: long ? 'Shorten the prompt, raise data.max_length, or set data.long_examples to drop.' : 'Remove the row.',
      },
    );
  }
  report.kept++;
  if (long) report.cut++;
  report.tokens += ids.length;
  report.supervised_tokens += supervised;
  report.supervised_lost += all - supervised;
  const stratum = options.stratify_by == null ? undefined : row.fields[options.stratify_by];
  return {
    input_ids: ids,
    labels: kept,
    supervised,
    hash: row.hash,
    file: row.file,
    line: row.line,
    truncated: long,
    stratum: stratum === undefined || stratum === null ? null : String(stratum),
  };
}

function countSupervised(labels: readonly number[]): number {
  let n = 0;
  for (let i = 1; i < labels.length; i++) if (labels[i] !== ignoredLabel) n++;
  return n;
}

function placed(error: FettleError, row: Row): Problem {
  return { file: row.file, line: row.line, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}

function unusableRows(path: string, flaws: readonly { code: ErrorCode; problem: Problem }[]): FettleError {
  const codes = new Set(flaws.map((flaw) => flaw.code));
  const code = codes.size === 1 ? flaws[0]!.code : 'FETTLE_DATA';
  return dataError(
    code,
    `expected rows of ${path} that can be trained, found ${flaws.length} that cannot`,
    flaws.map((flaw) => flaw.problem),
  );
}
