/** Sealed rows stay sealed when they are edited and when they are written to another file: their seal goes along, with the log of its openings. */
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { makeFolder } from '../atomic-file.ts';
import { asWriteError, isNotThere } from '../system-errors.ts';
import { openingsPath } from './openings.ts';
import type { Row } from './row.ts';
import { findSeals, type Seal } from './seal.ts';
import { replaceSplitFile, sealPath } from './split-file.ts';

/** Writes into each seal what it also covers since rows of it were edited, so that it holds without the review too. Throws as `carrySeals`. */
export async function sealVersions(dataPath: string): Promise<void> {
  for (const { path, file, sealed } of await findSeals({ data: [dataPath] })) {
    if (sealed.size > new Set(file.test).size) await replaceSplitFile(path, { ...file, test: [...sealed] });
  }
}

/**
 * To be called before `rows` of `dataPath` are written to `target`. Returns how many of them are sealed.
 * Throws what `findSeals` throws, FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function carrySeals(rows: readonly Row[], dataPath: string, target: string): Promise<number> {
  await sealVersions(dataPath);
  const seals = (await findSeals({ data: [dataPath] })).filter(({ sealed }) => rows.some(({ hash }) => sealed.has(hash)));
  for (const seal of seals) {
    const holdsAll = ({ sealed }: Seal) => [...seal.sealed].every((hash) => sealed.has(hash));
    const there = await findSeals({ data: [target] });
    if (!there.some(holdsAll)) await copySeal(seal, freeSealPath(target));
  }
  return rows.filter(({ hash }) => seals.some(({ sealed }) => sealed.has(hash))).length;
}

/** A seal that is there already, of rows that were here before, is left alone. */
function freeSealPath(target: string): string {
  const first = sealPath(target);
  const numbered = (n: number) => join(dirname(first), `${basename(first, extname(first))}-${n}.json`);
  let path = first;
  for (let n = 2; existsSync(path); n++) path = numbered(n);
  return path;
}

async function copySeal(seal: Seal, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await copyFile(openingsPath(seal.path), openingsPath(to)).catch((cause: unknown) => {
    if (!isNotThere(cause)) throw asWriteError(cause, openingsPath(to)); // else it was never opened
  });
  await replaceSplitFile(to, seal.file);
}
