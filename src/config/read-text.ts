/** Small text files that a person names. */
import { readFile } from 'node:fs/promises';
import { type ErrorCode, FettleError } from '../errors.ts';

/** What the file is, and what is said when it is not there or no UTF-8. */
export interface TextFileKind {
  /** As in "expected <what> at FILE". */
  what: string;
  notUtf8: ErrorCode;
  hint?: string;
}

/** The text of a UTF-8 file, without a byte order mark. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, `notUtf8`. */
export async function readText(file: string, { what, notUtf8, hint }: TextFileKind): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new FettleError('FETTLE_FILE_NOT_FOUND', `expected ${what} at ${file}, found nothing`, { cause, hint });
    if (code === 'EISDIR') throw new FettleError('FETTLE_FILE_NOT_FOUND', `expected ${what} at ${file}, found a folder`, { cause });
    if (code === 'EACCES' || code === 'EPERM')
      throw new FettleError('FETTLE_PERMISSION', `expected to read ${file}, found no permission`, { cause });
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new FettleError(notUtf8, `expected UTF-8 in ${file}, found other bytes`, { cause });
    throw cause;
  }
}
