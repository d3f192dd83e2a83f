/** Rows written to another file stay sealed there: their seal goes along, with every version of a row and the log of its openings. */
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
  const visible = new Set((await findSeals({ data: [target] })).map(({ path }) => path));
  for (const [i, seal] of seals.entries()) {
    const whole = { ...seal.file, test: [...seal.sealed] };
    if (seal.sealed.size > seal.file.test.length) await replaceSplitFile(seal.path, whole);
    if (!visible.has(seal.path)) await copySeal(seal, whole, freeSealPath(target, i));
  }
  return rows.filter(({ hash }) => seals.some(({ sealed }) => sealed.has(hash))).length;
}

function freeSealPath(target: string, i: number): string {
  const path = sealPath(target);
  return i === 0 ? path : join(dirname(path), `${basename(path, extname(path))}-${i + 1}.json`);
}

async function copySeal(seal: Seal, file: Seal['file'], to: string): Promise<void> {
  await makeFolder(dirname(to));
  await copyFile(openingsPath(seal.path), openingsPath(to)).catch((cause: unknown) => {
    if (!isNotThere(cause)) throw asWriteError(cause, openingsPath(to)); // else it was never opened
  });
  await replaceSplitFile(to, file);
}
