/** The rows of a run, ranked by what its ledger says of them. */
import { existsSync } from 'node:fs';
import { readConfigFile } from '../config/load.ts';
import type { FettleConfig } from '../config/schema.ts';
import { loadDataset } from '../data/dataset.ts';
import type { Row } from '../data/row.ts';
import { ignoredLabel } from '../data/shapes/tokens.ts';
import { BoilerplateCounter } from '../data/similarity/boilerplate.ts';
import { nearestTexts } from '../data/similarity/nearest-texts.ts';
import { answersOf, questionOf } from '../data/texts.ts';
import { FettleError } from '../errors.ts';
import { median, type RowClass, rankRows, rowClasses } from './rank-rows.ts';
import { readHistories } from './row-histories.ts';
import { RunFolder } from './run-folder.ts';

/** Neighbours that a row is compared with. */
const neighbours = 5;
/** Rows less alike than this are no neighbours. */
const leastAlike = 0.05;
const previewLength = 72;

export interface RankedRow {
  /** `learned`, `forgotten`, `never-learned`, `suspicious`, or `seen-once` where one epoch tells nothing of learning. */
  class: RowClass;
  file: string;
  /** Where the row stands now; where it stood when it was trained if the file no longer has it. */
  line: number;
  /** Content hash, as trained. */
  hash: string;
  /** Mean loss over the row's supervised tokens in each epoch, before the step's update. */
  losses: number[];
  supervised_tokens: number;
  /** Nats a token by which its loss stays above its neighbours'; null where it has none, or its text is gone. */
  suspicion: number | null;
  /** The rows that ask most alike, the nearest first, with their last loss. */
  neighbours: { line: number; loss: number }[];
  /** The beginnings of question and answer; null where the data no longer has the row. */
  preview: string | null;
}

export interface RunRows {
  run: string;
  /** The data file the rows were read from. */
  data: string;
  epochs: number;
  counts: Record<RowClass, number>;
  /** Median loss of the rows in each epoch. */
  median_losses: number[];
  /** Rows that the data file no longer has as they were trained. */
  missing: number;
  /** Why the data file cannot be read any more, so that no text and no neighbours are known; else null. */
  data_problem: string | null;
  /** By class in the order suspicious, forgotten, never learned, seen once, learned; within one the highest first. */
  rows: RankedRow[];
}

/**
 * Ranks the training rows of a run, finished or not.
 * @param run the run folder
 * @throws FettleError FETTLE_FILE_NOT_FOUND without a ledger or config, FETTLE_DATA for a damaged one, FETTLE_INTERRUPTED
 * @example
 * ```ts
 * const { rows } = await rankRunRows('runs/first');
 * for (const { file, line, losses, preview } of rows.filter((row) => row.class === 'suspicious')) console.log(`${file}:${line}`, losses, preview);
 * ```
 */
export async function rankRunRows(run: string, options: { signal?: AbortSignal } = {}): Promise<RunRows> {
  const folder = new RunFolder(run);
  if (!existsSync(folder.ledger)) {
    throw new FettleError('FETTLE_FILE_NOT_FOUND', `expected the folder of a run with a ledger (${folder.ledger}), found none`, {
      hint: 'Name the output_dir of a training run: fettle rows --run runs/first. Runs that an earlier version made have no ledger.',
    });
  }
  const { config } = await readConfigFile(folder.config);
  const data = config.data.path ?? config.data.train!;
  const trained = await readHistories(folder.ledger);
  const now = await readNow(config.data, options.signal);
  const found = trained.map(({ hash, line }) => pick(now.rows.get(hash), line));
  const near = nearest(found);
  const ranks = rankRows(trained.map(({ losses, usual }, i) => ({ losses, usual, near: near[i]! })));
  const preview = previews(found);
  const lineOf = (i: number) => found[i]?.line ?? trained[i]!.line;
  const rows = trained.map(
    ({ hash, losses, supervised_tokens }, i): RankedRow => ({
      ...ranks[i]!,
      file: data,
      line: lineOf(i),
      hash,
      losses,
      supervised_tokens,
      neighbours: near[i]!.map((j) => ({ line: lineOf(j), loss: trained[j]!.losses.at(-1)! })),
      preview: preview[i]!,
    }),
  );
  const epochs = trained.reduce((most, { losses }) => Math.max(most, losses.length), 0);
  return {
    run,
    data,
    epochs,
    counts: Object.fromEntries(rowClasses.map((one) => [one, rows.filter((row) => row.class === one).length])) as Record<RowClass, number>,
    median_losses: Array.from({ length: epochs }, (_, epoch) => median(trained.flatMap(({ losses }) => losses[epoch] ?? []))),
    missing: found.filter((row) => row === undefined).length,
    data_problem: now.problem,
    rows: rows.sort((a, b) => rowClasses.indexOf(a.class) - rowClasses.indexOf(b.class) || height(b) - height(a) || a.line - b.line),
  };
}

/** What rows of one class are ordered by. */
function height({ class: kind, suspicion, losses }: RankedRow): number {
  const last = losses.at(-1)!;
  if (kind === 'suspicious') return suspicion ?? 0;
  return kind === 'forgotten' ? last - Math.min(...losses) : last;
}

/** The rows of the data as it is now. A file that can no longer be read is said; the ledger still tells the losses. */
async function readNow(
  data: FettleConfig['data'],
  signal: AbortSignal | undefined,
): Promise<{ rows: Map<string, Row[]>; problem: string | null }> {
  const rows = new Map<string, Row[]>();
  try {
    const dataset = await loadDataset(data.path ?? data.train!, { format: data.format, ...(signal && { signal }) });
    for (const row of dataset.rows) rows.set(row.hash, [...(rows.get(row.hash) ?? []), row]);
    return { rows, problem: null };
  } catch (error) {
    if (!(error instanceof FettleError) || error.code === 'FETTLE_INTERRUPTED') throw error;
    return { rows, problem: error.message };
  }
}

/** Of several copies the one on the line that was trained. */
function pick(copies: readonly Row[] | undefined, line: number): Row | undefined {
  return copies?.find((row) => row.line === line) ?? copies?.[0];
}

function nearest(rows: readonly (Row | undefined)[]): number[][] {
  const known = rows.flatMap((row, i) => (row === undefined ? [] : [i]));
  const lists = nearestTexts(
    known.map((i) => askedIn(rows[i]!)),
    [...known.keys()],
    neighbours,
  );
  const near: number[][] = rows.map(() => []);
  for (const [k, i] of known.entries()) {
    near[i] = lists[k]!.filter(({ similarity }) => similarity >= leastAlike).map(({ index }) => known[index]!);
  }
  return near;
}

/** What is asked: what the model is given before it must answer. */
function askedIn(row: Row): string {
  if (row.kind === 'text') return row.text;
  if (row.kind === 'chat') return questionOf(row);
  return row.input_ids.filter((_, t) => row.labels[t] === ignoredLabel).join(' ');
}

/** Per row: the beginnings of what it asks, without the paragraphs that many rows share, and of its last answer. */
function previews(rows: readonly (Row | undefined)[]): (string | null)[] {
  const paragraphs = rows.map((row) => (row === undefined ? [] : questionOf(row).split(/\n\s*\n/)));
  const shared = new BoilerplateCounter();
  for (const list of paragraphs) shared.add(list);
  return rows.map((row, i) => {
    if (row === undefined) return null;
    if (row.kind === 'tokens') return `tokens ${clip(row.input_ids.join(' '))}`;
    const answer = clip(answersOf(row).at(-1)?.text ?? '');
    return row.kind === 'text' ? answer : `${clip(shared.own(paragraphs[i]!).join(' '))} -> ${answer}`;
  });
}

function clip(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > previewLength ? `${line.slice(0, previewLength - 3)}...` : line;
}
