/** The log of openings of a sealed test set: a hash chain that says when a line was changed, dropped or forged. */
import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { FettleError } from '../errors.ts';
import { asWriteError } from '../system-errors.ts';
import type { Row } from './row.ts';
import { type Seal, sealOf } from './seal.ts';
import { readSplitFile, replaceSplitFile } from './split-file.ts';

export interface Opening {
  /** ISO 8601. */
  date: string;
  /** What was examined: a run folder or model. */
  run: string;
  reason: string;
  /** Sealed rows that were used. */
  rows: number;
}

interface LoggedOpening extends Opening {
  /** Hash of the line before, '' for the first. */
  prev: string;
  hash: string;
}

export interface OpeningLog {
  openings: Opening[];
  /** The log is not what fettle wrote: lines were edited, removed or added by hand. */
  edited: boolean;
}

/**
 * Opens the sealed rows among `rows` for one exam: every seal that holds some gets a line in its log before the rows may be used.
 * Returns how often they have been opened, this time included (the most of any seal), and whether a log was edited.
 * Throws FETTLE_USAGE without a reason; FETTLE_PERMISSION or FETTLE_NO_SPACE when the log cannot be written: then nothing is opened.
 */
export async function openSealed(
  rows: readonly Row[],
  seals: readonly Seal[],
  opening: { run: string; reason: string; date?: Date },
): Promise<{ times: number; edited: boolean; rows: number }> {
  const reason = opening.reason.trim();
  if (reason === '') {
    throw new FettleError('FETTLE_USAGE', 'expected a reason for opening the sealed test set, found none', {
      hint: 'Say why: --reason "final exam of run 12".',
    });
  }
  const date = (opening.date ?? new Date()).toISOString();
  let times = 0;
  let edited = false;
  let opened = 0;
  for (const seal of seals) {
    const here = rows.filter((row) => sealOf(row, [seal]) !== undefined).length;
    if (here === 0) continue;
    opened = Math.max(opened, here);
    const log = await appendOpening(seal.path, { date, run: opening.run, reason, rows: here });
    times = Math.max(times, log.openings.length);
    edited ||= log.edited;
  }
  return { times, edited, rows: opened };
}

/** The openings of a seal so far. */
export async function readOpenings(sealFile: string): Promise<OpeningLog> {
  const { lines, edited } = await readLog(sealFile);
  return { openings: lines.map(({ prev: _prev, hash: _hash, ...opening }) => opening), edited };
}

/** Where the openings of a seal are logged. */
export function openingsPath(sealFile: string): string {
  return sealFile.replace(/\.json$/, '.openings.jsonl');
}

async function appendOpening(sealFile: string, opening: Opening): Promise<OpeningLog> {
  const { lines, edited } = await readLog(sealFile);
  const seal = await readSplitFile(sealFile);
  if (seal === undefined) throw new FettleError('FETTLE_SEALED', `expected the seal that was found before, found none: ${sealFile}`);
  const prev = lines.at(-1)?.hash ?? '';
  const line = { ...opening, prev, hash: chainHash(opening, prev) };
  try {
    await appendFile(openingsPath(sealFile), `${JSON.stringify(line)}\n`, { flush: true });
  } catch (cause) {
    throw asWriteError(cause, openingsPath(sealFile));
  }
  // An edited log stays recognisable: the seal then keeps counting from its own number, which the log no longer reaches.
  const count = edited ? Math.max(seal.openings.count, lines.length) + 1 : lines.length + 1;
  await replaceSplitFile(sealFile, { ...seal, openings: { count, head: edited ? seal.openings.head : line.hash } });
  return readOpenings(sealFile);
}

async function readLog(sealFile: string): Promise<{ lines: LoggedOpening[]; edited: boolean }> {
  const seal = await readSplitFile(sealFile);
  const text = await readFile(openingsPath(sealFile), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new FettleError('FETTLE_PERMISSION', `the log of openings cannot be read: ${openingsPath(sealFile)} (${cause.code})`, { cause });
  });
  const lines: LoggedOpening[] = [];
  let prev = '';
  let edited = false;
  for (const raw of text.split('\n').filter((line) => line !== '')) {
    const line = parseLine(raw);
    if (line === undefined) {
      edited = true;
      continue;
    }
    if (line.prev !== prev || line.hash !== chainHash(line, prev)) edited = true;
    prev = line.hash;
    lines.push(line);
  }
  const { count, head } = seal?.openings ?? { count: 0, head: '' };
  // A crash between the log's line and the seal's count leaves the log one ahead, on the same chain.
  const ahead = lines.length === count + 1 && lines.at(-1)!.prev === head;
  if (!ahead && (lines.length !== count || prev !== head)) edited = true;
  return { lines, edited };
}

function parseLine(raw: string): LoggedOpening | undefined {
  try {
    const line = JSON.parse(raw) as Partial<LoggedOpening> | null;
    const whole =
      typeof line?.date === 'string' && typeof line.run === 'string' && typeof line.reason === 'string' && typeof line.rows === 'number';
    return whole && typeof line.prev === 'string' && typeof line.hash === 'string' ? (line as LoggedOpening) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function chainHash({ date, run, reason, rows }: Opening, prev: string): string {
  return createHash('sha256')
    .update(JSON.stringify([prev, date, run, reason, rows]))
    .digest('hex');
}
