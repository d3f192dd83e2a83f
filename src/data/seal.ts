/** Sealed test sets: found as git finds its folder, refused everywhere but in the final exam. */
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FettleError } from '../errors.ts';
import { isNotThere } from '../system-errors.ts';
import type { Part } from './assign-parts.ts';
import { textHash } from './content-hash.ts';
import { readVersions, type Versions, withVersions } from './review/versions.ts';
import type { Row } from './row.ts';
import type { SplitConfig } from './split.ts';
import { earlierParts, readSplitFile, type SplitFile } from './split-file.ts';

export interface Seal {
  /** The `splits.json` or `.fettle/seals/NAME.json` that it was read from. */
  path: string;
  file: SplitFile;
  /** Content hashes of its test part, and of every version that a reviewer's edit made of such a row. */
  sealed: ReadonlySet<string>;
  /** Hashes of the words of its test part, whatever they are wrapped in. */
  texts: ReadonlySet<string>;
  versions: Versions;
}

/** Where to look: the working directory is always added. */
export interface SealPlaces {
  /** Data files. */
  data?: readonly string[];
  /** The config file. */
  config?: string;
  /** The run folder, or the folder a split is written to. */
  run?: string;
}

/** Every seal in the folders of the data, of the config, of the run and the working directory, and in all their parents. */
export async function findSeals(places: SealPlaces = {}): Promise<Seal[]> {
  const data = places.data ?? [];
  // A link to a data file elsewhere leads to the seals there too.
  const real = await Promise.all(data.map((path) => realpath(path).catch(() => path)));
  const starts = [process.cwd(), ...data.map(dirname), ...real.map(dirname)];
  if (places.config !== undefined) starts.push(dirname(places.config));
  if (places.run !== undefined) starts.push(places.run);
  const folders = new Set<string>();
  for (const start of starts) {
    for (let folder = resolve(start); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  const files: { path: string; file: SplitFile }[] = [];
  const versions: Versions = new Map();
  for (const folder of folders) {
    await readVersions(folder, versions);
    const kept = join(folder, '.fettle', 'seals');
    const names = await readdir(kept).catch((cause: unknown): string[] => {
      if (isNotThere(cause)) return [];
      throw new FettleError('FETTLE_PERMISSION', `the seals of test sets cannot be read: ${kept}`, { cause });
    });
    const candidates = [
      join(folder, 'splits.json'),
      ...names
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(kept, name)),
    ];
    for (const path of candidates) {
      const file = await readSplitFile(path);
      if (file !== undefined) files.push({ path, file });
    }
  }
  return files.map(({ path, file }) => ({
    path,
    file,
    sealed: withVersions(file.test, versions),
    texts: new Set(file.test_texts),
    versions,
  }));
}

/** All sealed hashes. */
export function sealedHashes(seals: readonly Seal[]): Set<string> {
  return new Set(seals.flatMap((seal) => [...seal.sealed]));
}

/** The seal of a row: it is one of the test part, or has the words of one in another wrapping (a system message, another shape). */
export function sealOf(row: Row, seals: readonly Seal[]): Seal | undefined {
  if (seals.length === 0) return undefined;
  const words = textHash(row);
  return seals.find(({ sealed, texts }) => sealed.has(row.hash) || (words !== undefined && texts.has(words)));
}

/** The parts that earlier splits with the same settings gave; an edited row keeps the part of the row it was. */
export function earlierSplit(seals: readonly Seal[], config: SplitConfig): Map<string, Part> {
  const given = seals.flatMap(({ file, versions }) => [...earlierParts(file, config)].map(([hash, part]) => ({ hash, part, versions })));
  const parts = new Map<string, Part>();
  for (const { hash, part, versions } of given) for (const version of withVersions([hash], versions)) parts.set(version, part);
  for (const { hash, part } of given) parts.set(hash, part);
  return parts;
}

/**
 * Refuses rows of a sealed test set, whatever file they come from.
 * @param purpose what they were meant for, as in "training"
 * Throws FETTLE_SEALED with every sealed row.
 */
export function refuseSealed(rows: readonly Row[], seals: readonly Seal[], purpose: string): void {
  const problems = rows.flatMap((row) => {
    const seal = sealOf(row, seals);
    const { file, line } = row;
    return seal === undefined ? [] : [{ file, line, message: `belongs to the test set sealed by ${seal.path}` }];
  });
  if (problems.length === 0) return;
  const [first] = problems;
  throw new FettleError(
    'FETTLE_SEALED',
    `expected no sealed rows for ${purpose}, found ${problems.length}; the first: ${first!.file}:${first!.line}`,
    {
      hint: 'A test set that was trained or tuned on measures nothing. Remove these rows; only fettle eval --open-test --reason TEXT may use them.',
      problems,
    },
  );
}
