/** Rows written to another file stay sealed there: their seal goes along, with every version of a row and the log of its openings. */
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { makeFolder } from '../atomic-file.ts';
import { asWriteError, isNotThere } from '../system-errors.ts';
import { openingsPath } from './openings.ts';
import type { Row } from './row.ts';
import { findSeals, type Seal } from './seal.ts';
import { replaceSplitFile, sealPath } from './split-file.ts';

/**
 * To be called before `rows` of `dataPath` are written to `target`. Returns how many of them are sealed.
 * Throws what `findSeals` throws, FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function carrySeals(rows: readonly Row[], dataPath: string, target: string): Promise<number> {
  const seals = (await findSeals({ data: [dataPath] })).filter(({ sealed }) => rows.some(({ hash }) => sealed.has(hash)));
  for (const seal of seals) {
    const whole = { ...seal.file, test: [...seal.sealed] };
    if (seal.sealed.size > seal.file.test.length) await replaceSplitFile(seal.path, whole);
    const there = await findSeals({ data: [target] });
    const holdsAll = ({ sealed }: Seal) => [...seal.sealed].every((hash) => sealed.has(hash));
    if (!there.some(holdsAll)) await copySeal(seal, whole, freeSealPath(target));
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

async function copySeal(seal: Seal, file: Seal['file'], to: string): Promise<void> {
  await makeFolder(dirname(to));
  await copyFile(openingsPath(seal.path), openingsPath(to)).catch((cause: unknown) => {
    if (!isNotThere(cause)) throw asWriteError(cause, openingsPath(to)); // else it was never opened
  });
  await replaceSplitFile(to, file);
}
