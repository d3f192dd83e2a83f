/** The scores of a run on sealed test sets, kept beside it: each with how often its set had been opened by then. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { appendLines } from '../data/append-lines.ts';
import { asReadError, isNotThere } from '../system-errors.ts';

export interface Exam {
  /** ISO 8601. */
  date: string;
  /** The file of the rows. */
  data: string;
  reason: string;
  rows: number;
  loss: number;
  /** Openings of the test set, this one included. */
  test_openings: number;
}

/** A result or a checkpoint lies so many folders below its run. */
const deepest = 3;

/** The run that an adapter came of; undefined for one from elsewhere. */
export function runOf(adapter: string): string | undefined {
  let folder = resolve(adapter);
  for (let up = 0; up < deepest; up++) {
    folder = dirname(folder);
    if (existsSync(join(folder, 'config.yaml')) && existsSync(join(folder, 'metrics.jsonl'))) return folder;
  }
  return undefined;
}

/** Throws FETTLE_PERMISSION, FETTLE_NO_SPACE. */
export async function recordExam(run: string, exam: Exam): Promise<void> {
  await appendLines(examsPath(run), [exam]);
}

/** The exams of a run, the first one first; lines that a crash left unfinished are passed over. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION. */
export async function readExams(run: string): Promise<Exam[]> {
  const path = examsPath(run);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (isNotThere(cause)) return ''; // no exam was held
    throw asReadError(cause, path);
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Exam];
    } catch {
      return [];
    }
  });
}

function examsPath(run: string): string {
  return join(run, 'eval', 'exams.jsonl');
}
