import os from 'node:os';
import path from 'node:path';

/** Where fettle keeps what it fetched: FETTLE_CACHE, else ~/.cache/fettle. */
export function cacheFolder(): string {
  const given = process.env.FETTLE_CACHE;
  return given === undefined || given === '' ? path.join(os.homedir(), '.cache', 'fettle') : path.resolve(given);
}
