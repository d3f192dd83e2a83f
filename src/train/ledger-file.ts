/** `ledger.jsonl`: the loss of every training row in every epoch, one line each, in the order in which they were trained. */
import { createReadStream } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { readLines } from '../data/read/lines.ts';
import { isFlaw } from '../data/read/record.ts';
import { FettleError } from '../errors.ts';
import { asReadError, asWriteError, isNotThere } from '../system-errors.ts';
import { LineFile } from './line-file.ts';

const ledgerLineSchema = z.object({
  /** Optimizer step, from 1. */
  step: z.int().min(1),
  /** Which pass over the rows, from 1. */
  epoch: z.int().min(1),
  /** Content hash of the row. */
  hash: z.string(),
  /** Its line in the data file when it was trained. */
  line: z.int().min(1),
  /** Mean over the row's supervised tokens, before the step's update. */
  loss: z.number(),
  supervised_tokens: z.int().min(1),
});

export type LedgerLine = z.output<typeof ledgerLineSchema>;

/** Opens the ledger of a run that goes on after optimizer step `step`: what came later was lost with the rest, and is cut off. */
export async function openLedger(path: string, step: number): Promise<LineFile> {
  try {
    await truncate(path, await bytesUpTo(path, step));
  } catch (cause) {
    if (!isNotThere(cause)) throw asWriteError(cause, path);
  }
  return new LineFile(path);
}

/** The bytes of the whole lines of steps up to `step`: lines are in the order of their steps, and only the last may be torn. */
async function bytesUpTo(path: string, step: number): Promise<number> {
  const { size } = await stat(path);
  let bytes = 0;
  for await (const line of readLines(createReadStream(path), path)) {
    const said = isFlaw(line) ? undefined : parse(line.text);
    if (isFlaw(line) || said === undefined || said.step > step) break;
    const next = bytes + Buffer.byteLength(line.text) + 1;
    if (next > size) break; // its line end was not written
    bytes = next;
  }
  return bytes;
}

/**
 * Yields the lines of a ledger in order; a torn last line, as a killed run leaves it, is left out.
 * Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, or FETTLE_DATA for any other line that is none.
 */
export async function* readLedger(path: string): AsyncGenerator<LedgerLine> {
  let bad: number | undefined;
  try {
    for await (const line of readLines(createReadStream(path), path)) {
      if (bad !== undefined) throw damaged(path, bad);
      const said = isFlaw(line) ? undefined : parse(line.text);
      if (said === undefined) bad = isFlaw(line) ? line.problem.line : line.line;
      else yield said;
    }
  } catch (cause) {
    throw asReadError(cause, path, 'Only a run that has made a step has a ledger.');
  }
}

function damaged(path: string, line: number): FettleError {
  return new FettleError('FETTLE_DATA', `expected the loss of a row in ${path}:${line}, found something else`, {
    problems: [{ file: path, line, message: 'is no line of a ledger' }],
    hint: 'Only training writes the ledger; it was edited or damaged.',
  });
}

function parse(text: string): LedgerLine | undefined {
  if (!text.endsWith('}')) return undefined;
  try {
    return ledgerLineSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
