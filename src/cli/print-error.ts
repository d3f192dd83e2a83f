/** How an error looks on the terminal. */
import { FettleError, formatWhere, type Problem } from '../errors.ts';
import { asSystemError } from '../system-errors.ts';
import { errColors as c, printJson, tell } from './output.ts';

/** Prints the error and returns the exit code. */
export function printError(error: unknown, json: boolean): number {
  const known = coded(error);
  if (json) {
    const { code, message, hint, problems } = known;
    printJson({ error: { code, message, hint, problems } });
  }
  tell(`${c.red(c.bold(known.code))}: ${known.message}`);
  for (const problem of known.problems) tell(`  ${problemLine(problem)}`);
  if (known.hint !== undefined) tell(`${c.cyan('hint')}: ${known.hint}`);
  if (known.code === 'FETTLE_INTERNAL' && error instanceof Error) tell(c.dim(error.stack ?? ''));
  return known.exitCode;
}

/** `file:line:field message (hint)` */
export function problemLine(problem: Problem): string {
  const where = formatWhere(problem);
  const hint = problem.hint === undefined ? '' : ` ${c.dim(`(${problem.hint})`)}`;
  return `${where === '' ? '' : `${c.bold(where)} `}${problem.message}${hint}`;
}

/** What the system refused has a code of its own; anything else is our defect. */
function coded(error: unknown): FettleError {
  const known = asSystemError(error);
  if (known instanceof FettleError) return known;
  return new FettleError('FETTLE_INTERNAL', error instanceof Error ? error.message : String(error), {
    cause: error,
    hint: 'this is a defect in fettle; please report it with the lines below',
  });
}
