/** What every shape parser is given and gives, and the words its errors use. */
import type { RowContent, Shape } from '../row.ts';

/** Reports one thing wrong with the row at hand; `field` as in `messages[2].content`. */
export type Report = (field: string, message: string, hint?: string) => void;

export type RawRow = Readonly<Record<string, unknown>>;

export interface ShapeParser {
  shape: Shape;
  /** A row with one of these keys is taken to be of this shape. */
  signature: readonly string[];
  /** All keys that the shape gives a meaning; the others are the row's own fields. */
  keys: readonly string[];
  /** The content, or undefined when something was reported. */
  parse(row: RawRow, report: Report): RowContent | undefined;
}

/** A value in the words of an error message: `a number (5)`, `nothing`, `an empty text`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return `an object (${Object.keys(value).slice(0, 4).join(', ')})`;
  if (typeof value === 'string') return value.trim() === '' ? 'an empty text' : `a text (${JSON.stringify(value.slice(0, 40))})`;
  return `a ${typeof value} (${String(value).slice(0, 40)})`;
}

/** `null` means absent, as exports from tables write it. */
export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** A required text that is not blank; reports otherwise. */
export function requiredText(row: RawRow, key: string, report: Report, hint?: string): string | undefined {
  const value = row[key];
  if (typeof value === 'string' && value.trim() !== '') return value;
  const missing = isAbsent(value)
    ? `expected the field "${key}", found none (the row has ${Object.keys(row).join(', ') || 'no fields'})`
    : undefined;
  report(
    key,
    missing ?? `expected a text, found ${describeValue(value)}`,
    hint ?? (missing ? 'Add the field, or remove the row.' : undefined),
  );
  return undefined;
}

/** An optional text; blank or absent gives ''. Reports what is no text. */
export function optionalText(row: RawRow, key: string, report: Report): string {
  const value = row[key];
  if (isAbsent(value)) return '';
  if (typeof value === 'string') return value.trim() === '' ? '' : value;
  report(key, `expected a text, found ${describeValue(value)}`, 'Put the value in quotes.');
  return '';
}

export const emptyAnswerHint = 'Write the answer, or remove the row: the model would learn to say nothing.';
