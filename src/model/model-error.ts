/** Errors about model files, all in one shape: what was expected, what was found, in which file and field. */
import { FettleError, type Problem } from '../errors.ts';

/** A file whose header cannot be trusted: `FETTLE_MODEL_FORMAT`. */
export function formatError(file: string, message: string, options: { field?: string; hint?: string; cause?: unknown } = {}): FettleError {
  const { field, hint, cause } = options;
  const where = field === undefined ? file : `${file}: ${field}`;
  return new FettleError('FETTLE_MODEL_FORMAT', `${where}: ${message}`, { hint, cause, problems: [{ file, field, message, hint }] });
}

/** A feature that the engine does not have: `FETTLE_MODEL_UNSUPPORTED`. */
export function unsupportedError(file: string, message: string, options: { field?: string; hint?: string } = {}): FettleError {
  const { field, hint } = options;
  const where = field === undefined ? file : `${file}: ${field}`;
  return new FettleError('FETTLE_MODEL_UNSUPPORTED', `${where}: ${message}`, { hint, problems: [{ file, field, message, hint }] });
}

/** One error for many bad places; the message holds the first and says how many more there are. */
export function manyProblems(code: FettleError['code'], summary: string, problems: readonly Problem[], hint?: string): FettleError {
  const first = problems[0]!;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const field = first.field === undefined ? '' : `${first.field}: `;
  return new FettleError(code, `${summary}: ${field}${first.message}${more}`, { problems, hint });
}

/** A name as it is shown in a message: short, without control characters. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(typeof value === 'object' ? JSON.stringify(value) : value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
