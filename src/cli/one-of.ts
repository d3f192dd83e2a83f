import { FettleError } from '../errors.ts';

/** The words given with a flag. @throws FettleError FETTLE_USAGE naming those that are not known */
export function oneOf<T extends string>(flag: string, given: readonly string[], known: readonly T[]): T[] {
  const unknown = given.filter((word) => !(known as readonly string[]).includes(word));
  if (unknown.length === 0) return given as T[];
  throw new FettleError('FETTLE_USAGE', `expected ${flag} as ${known.join(' | ')}, found ${unknown.join(', ')}`);
}
