/** `.fettle/new/NAME.json`: what a new data set is to hold, and the row that is being written. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder, replaceText } from '../../atomic-file.ts';
import { FettleError } from '../../errors.ts';
import { asReadError, isNotThere } from '../../system-errors.ts';

/** Shapes that hold a question and an answer. */
export const newShapes = ['alpaca', 'messages', 'prompt-completion', 'sharegpt'] as const;
export type NewShape = (typeof newShapes)[number];

const draftSchema = z.object({ topic: z.string(), question: z.string(), answer: z.string() });
/** A row as a person writes it. */
export type Draft = z.output<typeof draftSchema>;

export const emptyDraft: Draft = { topic: '', question: '', answer: '' };

const planSchema = z.object({
  fettle: z.literal('new'),
  version: z.literal(1),
  shape: z.enum(newShapes),
  /** alpaca: the instruction of every row; else a system message; '' for none. */
  instruction: z.string(),
  /** What the rows are to be about; their field `topic`. */
  topics: z.array(z.string()),
  /** Rows to write. */
  goal: z.int().min(1),
  draft: draftSchema,
});

export type Plan = Omit<z.output<typeof planSchema>, 'fettle' | 'version'>;

export const defaultPlan: Plan = { shape: 'alpaca', instruction: '', topics: [], goal: 50, draft: emptyDraft };

export function planPath(dataPath: string): string {
  return join(dirname(dataPath), '.fettle', 'new', `${basename(dataPath, extname(dataPath))}.json`);
}

/** Undefined when none was made. Throws FETTLE_DATA when it is damaged, FETTLE_PERMISSION. */
export async function readPlan(dataPath: string): Promise<Plan | undefined> {
  const path = planPath(dataPath);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (isNotThere(cause)) return undefined;
    throw asReadError(cause, path);
  });
  if (text === undefined) return undefined;
  try {
    const { fettle: _fettle, version: _version, ...plan } = planSchema.parse(JSON.parse(text));
    return plan;
  } catch (cause) {
    throw new FettleError('FETTLE_DATA', `expected the plan of a new data set in ${path}, found another file`, {
      cause,
      problems: [{ file: path, message: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause) }],
      hint: 'Delete it to begin with a new plan; the rows that were written are in the data file.',
    });
  }
}

/** Written in one step. Throws FETTLE_PERMISSION, FETTLE_NO_SPACE. */
export async function writePlan(dataPath: string, plan: Plan): Promise<void> {
  const path = planPath(dataPath);
  await makeFolder(dirname(path));
  await replaceText(path, `${JSON.stringify({ fettle: 'new', version: 1, ...plan }, null, 2)}\n`);
}
