/** `.fettle/reviews/NAME.jsonl`: every decision on the rows of a data file, in the order in which they were made; lines are only ever added. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { FettleError, type Problem } from '../../errors.ts';
import { asReadError, isNotThere } from '../../system-errors.ts';
import { appendLines } from '../append-lines.ts';
import { type Decision, decisionSchema } from './decision.ts';

export interface DecisionFile {
  path: string;
  decisions: Decision[];
  /** Per decision: its line, from 1. */
  lines: number[];
  /** Lines that a crash left unfinished; they count for nothing. */
  torn: number[];
}

/** Where the decisions on the rows of `dataPath` are kept: beside it, as its seal. */
export function decisionPath(dataPath: string): string {
  return join(dirname(dataPath), '.fettle', 'reviews', `${basename(dataPath, extname(dataPath))}.jsonl`);
}

/**
 * Reads a file of decisions; an absent one has none.
 * Throws FETTLE_DATA naming every line that is no decision (an unfinished one is no error), FETTLE_PERMISSION.
 */
export async function readDecisionFile(path: string): Promise<DecisionFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (isNotThere(cause)) return '';
    throw asReadError(cause, path);
  });
  const file: DecisionFile = { path, decisions: [], lines: [], torn: [] };
  const problems: Problem[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const read = parseLine(line);
    if (read === undefined) file.torn.push(i + 1);
    else if (typeof read === 'string') problems.push({ file: path, line: i + 1, message: read });
    else {
      file.decisions.push(read);
      file.lines.push(i + 1);
    }
  }
  if (problems.length > 0) {
    throw new FettleError(
      'FETTLE_DATA',
      `expected a reviewer's decision on every line of ${path}, found ${problems.length} that are none`,
      {
        problems,
        hint: 'Mend or remove these lines: until then it is not known which rows to use.',
      },
    );
  }
  return file;
}

/** The decision of a line, undefined for an unfinished line, or what is wrong with it. */
function parseLine(line: string): Decision | string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const unfinished = line.startsWith('{') && !line.trimEnd().endsWith('}');
    return unfinished || line.includes('\0') ? undefined : `expected a JSON object, found ${error.message}`;
  }
  const parsed = decisionSchema.safeParse(value);
  return parsed.success ? parsed.data : `expected a decision, found ${issues(parsed.error)}`;
}

/** What a schema says is wrong, on one line. */
export function issues(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.length === 0 ? 'the object' : z.core.toDotPath(path)}: ${message}`).join('; ');
}

/** Adds decisions, flushed to disk before this returns; two reviewers may work at once. Throws FETTLE_NO_SPACE, FETTLE_PERMISSION. */
export async function appendDecisions(path: string, decisions: readonly Decision[]): Promise<void> {
  await appendLines(path, decisions);
}
