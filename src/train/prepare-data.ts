/** The rows of a run: read, split or taken from separate files, seals honoured, tokenized. Writes nothing. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FettleConfig } from '../config/schema.ts';
import type { Part } from '../data/assign-parts.ts';
import { type Dataset, loadDataset } from '../data/dataset.ts';
import { type EncodedRow, type EncodeOptions, type EncodeReport, encodeDataset, keptText } from '../data/encode.ts';
import { reviewNotes } from '../data/review/review-notes.ts';
import { findSeals, refuseSealed } from '../data/seal.ts';
import { sealSplit, splitWithSeals } from '../data/sealed-split.ts';
import { writeSplitFile } from '../data/split-file.ts';
import { FettleError } from '../errors.ts';
import type { NoteEvent } from './events.ts';

/** The parts of the data, before tokenizing; `test` is never given to the model. */
export interface RunData {
  parts: Record<Part, Dataset>;
  /** Leaves what the run must remember of its rows: `splits.json`, and the seal beside a file that was split. */
  seal: (runFolder: string) => Promise<void>;
  notes: NoteEvent[];
}

export interface DataPlaces {
  /** The config file, where seals are looked for too. */
  config_file?: string | undefined;
  output_dir: string;
  signal?: AbortSignal | undefined;
}

/**
 * Reads `data.path` and splits it, or reads `data.train`, `data.validation` and `data.test`.
 * @throws FettleError what `loadDataset`, `splitDataset` and `refuseSealed` throw
 */
export async function readRunData(data: FettleConfig['data'], places: DataPlaces): Promise<RunData> {
  const { config_file: config, output_dir: run, signal } = places;
  const read = (path: string) => loadDataset(path, { format: data.format, ...(signal && { signal }) });
  const sealPlaces = { ...(config !== undefined && { config }), run };
  if (data.path !== undefined) {
    const dataset = await read(data.path);
    const { split } = await splitWithSeals(dataset, data.split, sealPlaces);
    const { train, validation, test, report } = split;
    const seal = async (runFolder: string) => void (await sealSplit(split, runFolder));
    return {
      parts: { train, validation, test },
      seal,
      notes: [...reviewed(dataset), ...report.notes.map((message) => note('split', message))],
    };
  }
  const train = await read(data.train!);
  const validation = await read(data.validation!);
  const test = data.test === undefined ? { ...train, rows: [], review: null } : await read(data.test);
  const seals = await findSeals({ ...sealPlaces, data: [train.path, validation.path, test.path] });
  refuseSealed(train.rows, seals, 'training');
  refuseSealed(validation.rows, seals, 'validation');
  refuseTestRows(train, test);
  refuseTestRows(validation, test);
  const parts = { train, validation, test };
  const seal = (runFolder: string) => writeSplitFile(join(runFolder, 'splits.json'), { ...parts, config: data.split });
  return { parts, seal, notes: [...[train, validation, test].flatMap(reviewed), ...overlap(train, validation)] };
}

export interface EncodedData {
  train: EncodedRow[];
  validation: EncodedRow[];
  notes: NoteEvent[];
}

/**
 * Tokenizes both parts.
 * @throws FettleError what `encodeDataset` throws; the bad rows of both parts in one error
 */
export async function encodeRunData({ parts }: RunData, options: EncodeOptions): Promise<EncodedData> {
  const results = [];
  const errors: FettleError[] = [];
  for (const part of [parts.train, parts.validation]) {
    try {
      results.push(await encodeDataset(part, options));
    } catch (error) {
      if (!(error instanceof FettleError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw oneError(errors);
  const [train, validation] = results as [(typeof results)[0], (typeof results)[0]];
  return {
    train: train.rows,
    validation: validation.rows,
    notes: [...rowNotes('training', train.report), ...rowNotes('validation', validation.report), ...limitNote(options)],
  };
}

/** SHA-256 of what rows train: their tokens and labels, in order. */
export function hashRows(rows: readonly EncodedRow[]): string {
  const hash = createHash('sha256');
  for (const { input_ids, labels } of rows) {
    hash.update(Int32Array.of(input_ids.length)).update(Int32Array.from(input_ids)).update(Int32Array.from(labels));
  }
  return hash.digest('hex');
}

function oneError(errors: readonly FettleError[]): FettleError {
  const [first, second] = errors as [FettleError, FettleError | undefined];
  if (second === undefined) return first;
  const code = first.code === second.code ? first.code : 'FETTLE_DATA';
  const problems = [...first.problems, ...second.problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return new FettleError(code, first.message, { problems, hint: first.hint, cause: first });
}

function refuseTestRows(part: Dataset, test: Dataset): void {
  const held = new Set(test.rows.map(({ hash }) => hash));
  const problems = part.rows
    .filter(({ hash }) => held.has(hash))
    .map(({ file, line }) => ({ file, line, message: `is also in ${test.path}` }));
  if (problems.length === 0) return;
  throw new FettleError('FETTLE_SEALED', `expected no row of the test set ${test.path} in ${part.path}, found ${problems.length}`, {
    problems,
    hint: 'remove them from one of the two: a test set that was trained on measures nothing',
  });
}

function overlap(train: Dataset, validation: Dataset): NoteEvent[] {
  const trained = new Set(train.rows.map(({ hash }) => hash));
  const shared = validation.rows.filter(({ hash }) => trained.has(hash));
  if (shared.length === 0) return [];
  const lines = shared.slice(0, 5).map(({ file, line }) => `${file}:${line}`);
  const message = `${shared.length} validation rows are training rows too (${lines.join(', ')}${shared.length > 5 ? ', ...' : ''})`;
  return [{ ...note('overlap', message), severity: 'warning', hint: 'the validation loss will look better than it is' }];
}

function reviewed({ review }: Dataset): NoteEvent[] {
  return review ? reviewNotes(review).map((one) => ({ type: 'note', code: 'review', ...one })) : [];
}

/** What became of the rows of a part; a warning where some lost their end or are not trained at all. */
function rowNotes(part: string, report: EncodeReport): NoteEvent[] {
  const { cut, dropped, supervised_lost, limit } = report;
  if (cut + dropped === 0) return [note('rows', `${part}: ${keptText(report)}`)];
  const what = [cut > 0 ? `${cut} cut` : '', dropped > 0 ? `${dropped} dropped` : ''].filter((text) => text !== '').join(', ');
  const message = `${part} rows longer than ${limit} tokens: ${what}; ${supervised_lost} supervised tokens lost`;
  return [{ ...note('long-examples', message), severity: 'warning', hint: 'a row that was cut no longer trains its stop token' }];
}

function limitNote({ max_length, max_positions }: EncodeOptions): NoteEvent[] {
  if (max_positions === undefined || max_length <= max_positions) return [];
  return [note('max-length', `max_length ${max_length} is more than the model's ${max_positions} positions; ${max_positions} counts`)];
}

function note(code: string, message: string): NoteEvent {
  return { type: 'note', severity: 'note', code, message };
}
