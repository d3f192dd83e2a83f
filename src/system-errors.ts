/** What the operating system refuses, as coded errors: the one place that knows which errno means what. */
import { type ErrorCode, FettleError } from './errors.ts';

/** EFBIG and EDQUOT are limits of the user's own rather than the disk's, and mean the same. */
const noSpace = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const noPermission = ['EACCES', 'EPERM', 'EROFS'];
const notThere = ['ENOENT', 'ENOTDIR'];

/** `ENOENT` and the like; undefined for other errors. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

/** True when a file or folder is not there. */
export function isNotThere(cause: unknown): boolean {
  return notThere.includes(errnoOf(cause) ?? '');
}

/**
 * Turns a failure to read `path` into FETTLE_FILE_NOT_FOUND or FETTLE_PERMISSION; anything else comes back unchanged.
 * @param hint what to do when it is not there
 */
export function asReadError(cause: unknown, path: string, hint?: string): unknown {
  const errno = errnoOf(cause) ?? '';
  const because = (code: ErrorCode, message: string, mend?: string) =>
    new FettleError(code, message, { cause, hint: mend, problems: [{ file: path, message: errno }] });
  if (notThere.includes(errno)) return because('FETTLE_FILE_NOT_FOUND', `expected a file at ${path}, found none`, hint);
  if (errno === 'EISDIR') return because('FETTLE_FILE_NOT_FOUND', `expected a file at ${path}, found a folder`, hint);
  if (noPermission.includes(errno)) return because('FETTLE_PERMISSION', `expected to read ${path}, found no permission (${errno})`);
  return cause;
}

/** Turns a failure to write `path` into FETTLE_NO_SPACE or FETTLE_PERMISSION; anything else comes back unchanged. */
export function asWriteError(cause: unknown, path: string): unknown {
  const errno = errnoOf(cause) ?? '';
  const problems = [{ file: path, message: errno }];
  if (noSpace.includes(errno)) {
    const hint = 'free some space and run it again; a training run goes on with --resume, its last whole checkpoint is untouched';
    return new FettleError('FETTLE_NO_SPACE', `expected to write ${path}, found no space left (${errno})`, { cause, hint, problems });
  }
  if (noPermission.includes(errno) || errno === 'ENOTDIR') {
    return new FettleError('FETTLE_PERMISSION', `expected to write ${path}, found no permission (${errno})`, { cause, problems });
  }
  return cause;
}

/** Turns a refusal that nobody knew better into a coded error in the system's words; anything else comes back unchanged. */
export function asSystemError(cause: unknown): unknown {
  const errno = errnoOf(cause) ?? '';
  const code = [
    { code: 'FETTLE_NO_SPACE', errnos: noSpace } as const,
    { code: 'FETTLE_PERMISSION', errnos: noPermission } as const,
    { code: 'FETTLE_FILE_NOT_FOUND', errnos: notThere } as const,
  ].find(({ errnos }) => errnos.includes(errno))?.code;
  return code === undefined ? cause : new FettleError(code, (cause as Error).message, { cause });
}
