/** Files that are used only when their SHA-256 is the known one. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FettleError } from '../../errors.ts';

/** True when `file` is there and whole. */
export async function isWhole(file: string, sha256: string): Promise<boolean> {
  return existsSync(file) && (await sha256Of(file)) === sha256;
}

/** @throws FettleError FETTLE_DOWNLOAD when `file` is not what it should be */
export async function expectWhole(file: string, sha256: string): Promise<void> {
  const found = await sha256Of(file);
  if (found === sha256) return;
  throw new FettleError('FETTLE_DOWNLOAD', `expected ${file} to have the SHA-256 ${sha256}, found ${found}`, {
    hint: 'what was fetched is damaged or another file; it is not used, run the command again',
  });
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
