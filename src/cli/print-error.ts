/** How an error looks on the terminal. */
import { FettleError, formatWhere, type Problem } from '../errors.ts';
import { errColors as c, printJson, tell } from './output.ts';

/** Prints the error and returns the exit code. */
export function printError(error: unknown, json: boolean): number {
  const known = error instanceof FettleError ? error : internal(error);
  if (json) {
    const { code, message, hint, problems } = known;
    printJson({ error: { code, message, hint, problems } });
  }
  tell(`${c.red(c.bold(known.code))}: ${known.message}`);
  for (const problem of known.problems) tell(`  ${problemLine(problem)}`);
  if (known.hint !== undefined) tell(`${c.cyan('hint')}: ${known.hint}`);
  if (!(error instanceof FettleError) && error instanceof Error) tell(c.dim(error.stack ?? ''));
  return known.exitCode;
}

/** `file:line:field message (hint)` */
export function problemLine(problem: Problem): string {
  const where = formatWhere(problem);
  const hint = problem.hint === undefined ? '' : ` ${c.dim(`(${problem.hint})`)}`;
  return `${where === '' ? '' : `${c.bold(where)} `}${problem.message}${hint}`;
}

/** What the system refuses (no space, no permission, no such file) has a code of its own; anything else is our defect. */
function internal(error: unknown): FettleError {
  const message = error instanceof Error ? error.message : String(error);
  const errno = error instanceof Error && 'code' in error ? error.code : undefined;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return new FettleError('FETTLE_NO_SPACE', message, { cause: error });
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') return new FettleError('FETTLE_PERMISSION', message, { cause: error });
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return new FettleError('FETTLE_FILE_NOT_FOUND', message, { cause: error });
  return new FettleError('FETTLE_INTERNAL', message, {
    cause: error,
    hint: 'this is a defect in fettle; please report it with the lines below',
  });
}
