/** `splits.json` and `.fettle/seals/NAME.json`: content hashes of the rows of each part. Both have one form. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder, replaceText } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import { type Part, parts } from './assign-parts.ts';
import { textHash } from './content-hash.ts';
import type { Split, SplitConfig } from './split.ts';

const hashes = z.array(z.string());

const splitFileSchema = z.object({
  fettle: z.literal('splits'),
  version: z.literal(1),
  /** The data file that was split, by name. */
  data: z.string(),
  split: z.record(z.string(), z.unknown()),
  train: hashes,
  validation: hashes,
  test: hashes,
  /** Hashes of the words of the rows of test (`textHash`), by which they are known in another wrapping. */
  test_texts: hashes.default([]),
  /** How often the test part was opened, and the hash of the last line of the log. */
  openings: z.object({ count: z.int().min(0), head: z.string() }),
});

export type SplitFile = z.output<typeof splitFileSchema>;

/** Reads a split file; undefined when it is another tool's. Throws FETTLE_SEALED when it is ours and damaged. */
export async function readSplitFile(path: string): Promise<SplitFile | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR' || cause.code === 'EISDIR') return undefined;
    throw damaged(path, `it cannot be read (${cause.code})`, cause);
  });
  if (text === undefined || !text.includes('"fettle"')) return undefined;
  try {
    return splitFileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(path, cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause), cause);
  }
}

function damaged(path: string, why: string, cause: unknown): FettleError {
  return new FettleError(
    'FETTLE_SEALED',
    `expected a whole split file, found a damaged one, so sealed rows cannot be told: ${path}: ${why}`,
    {
      cause,
      hint: 'Restore it from a backup or version control. Delete it only if no row of its test part will ever be used for a score.',
      problems: [{ file: path, message: 'is damaged' }],
    },
  );
}

/**
 * Writes a split, in one step. Rows that the file sealed before stay sealed, and the count of openings stays.
 * Throws FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function writeSplitFile(path: string, split: Pick<Split, Part | 'config'>): Promise<void> {
  const before = await readSplitFile(path);
  const versions = split.test.rows.flatMap(({ hash, edited_from }) => (edited_from === undefined ? [hash] : [hash, edited_from]));
  const sealed = new Set([...versions, ...(before?.test ?? [])]);
  const file: SplitFile = {
    fettle: 'splits',
    version: 1,
    data: basename(split.train.path),
    split: split.config,
    train: unique(split.train.rows.map((row) => row.hash)),
    validation: unique(split.validation.rows.map((row) => row.hash)),
    test: [...sealed],
    test_texts: unique([...split.test.rows.flatMap((row) => textHash(row) ?? []), ...(before?.test_texts ?? [])]),
    openings: before?.openings ?? { count: 0, head: '' },
  };
  await replaceSplitFile(path, file);
}

export async function replaceSplitFile(path: string, file: SplitFile): Promise<void> {
  await makeFolder(dirname(path));
  await replaceText(path, `${JSON.stringify(file, null, 1)}\n`);
}

/** Where splitting `dataPath` leaves its seal: `.fettle/seals/NAME.json` beside the data. */
export function sealPath(dataPath: string): string {
  return join(dirname(dataPath), '.fettle', 'seals', `${basename(dataPath, extname(dataPath))}.json`);
}

/** The parts that `file` gave, if it was made with the same settings. */
export function earlierParts(file: SplitFile, config: SplitConfig): Map<string, Part> {
  const same = Object.entries(config).every(([key, value]) => file.split[key] === value);
  return new Map(same ? parts.flatMap((part) => file[part].map((hash) => [hash, part] as const)) : []);
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}
