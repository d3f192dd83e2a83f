/** Decisions that another tool made: JSON Lines of what `review --json` prints, each with a `decision`. */
import { z } from 'zod';
import { FettleError, type Problem } from '../../errors.ts';
import { reviewerSchema, type Verdict, verdictSchema, verdictShape } from './decision.ts';
import { issues } from './decision-file.ts';

/** A verdict, and what a row of the queue says besides, which is passed over. */
const pipedSchema = z.strictObject({
  ...verdictShape,
  reviewer: reviewerSchema.optional(),
  ...Object.fromEntries(
    ['date', 'file', 'line', 'reason', 'sealed', 'findings', 'losses', 'neighbours', 'fields', 'notes', 'problems'].map((key) => [
      key,
      z.unknown().optional(),
    ]),
  ),
});

export interface PipedVerdict {
  verdict: Verdict;
  /** Undefined where the line names none. */
  reviewer: string | undefined;
  place: { file: string; line: number };
}

/**
 * Reads verdicts; the turns of one that is no edit are the row's own, and passed over.
 * @param file its name in errors
 * Throws FETTLE_DATA naming every line that is no verdict.
 */
export function readVerdicts(text: string, file: string): PipedVerdict[] {
  const problems: Problem[] = [];
  const found = text.split('\n').flatMap((raw, i): PipedVerdict[] => {
    const place = { file, line: i + 1 };
    const read = raw.trim() === '' ? null : readLine(raw);
    if (typeof read !== 'string') return read === null ? [] : [{ ...read, place }];
    problems.push({ ...place, message: read });
    return [];
  });
  if (problems.length > 0) {
    throw new FettleError('FETTLE_DATA', `expected a decision on every line of ${file}, found ${problems.length} that are none`, {
      problems,
      hint: '{"hash": "...", "decision": "accepted" | "edited" | "rejected" | "noted", "turns": [...] (with edited), "note": "..."}; fettle review DATA --json prints the hashes',
    });
  }
  return found;
}

/** Null for the summary at the end of a queue. */
function readLine(raw: string): Omit<PipedVerdict, 'place'> | string | null {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    if (error instanceof SyntaxError) return `expected a JSON object, found ${error.message}`;
    throw error;
  }
  if (typeof value === 'object' && value !== null && 'summary' in value) return null;
  const piped = pipedSchema.safeParse(value);
  if (!piped.success) return `expected a decision, found ${issues(piped.error)}`;
  const { hash, copy, decision, turns, note, reviewer } = piped.data;
  const verdict = verdictSchema.safeParse({ hash, copy, decision, note, ...(decision === 'edited' && { turns }) });
  return verdict.success ? { verdict: verdict.data, reviewer } : `expected a decision, found ${issues(verdict.error)}`;
}
