/** What every shape parser is given and gives, and the words its errors use. */
import type { FlawFinding } from '../read/record.ts';
import type { RowContent, Shape } from '../row.ts';

/** Reports one thing wrong with the row at hand; `field` as in `messages[2].content`. */
export type Report = (field: string, message: string, hint?: string, finding?: FlawFinding) => void;

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

/** A required text that is not blank; reports otherwise. `answer` says that the model is trained to write it. */
export function requiredText(row: RawRow, key: string, report: Report, answer = false): string | undefined {
  const value = row[key];
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (isAbsent(value)) {
    const has = Object.keys(row).slice(0, 8).join(', ') || 'no fields';
    report(key, `expected the field "${key}", found none (the row has ${has})`, 'Add the field, or remove the row.', 'missing-field');
  } else if (typeof value === 'string') {
    if (answer) reportEmptyAnswer(key, report);
    else report(key, 'expected a text, found an empty text', 'Write the text, or remove the row.');
  } else report(key, `expected a text, found ${describeValue(value)}`, 'Put the value in quotes.');
  return undefined;
}

/** Reports an answer without text. */
export function reportEmptyAnswer(field: string, report: Report): void {
  report(
    field,
    'expected an answer, found an empty text',
    'Write the answer, or remove the row: the model would learn to say nothing.',
    'empty-answer',
  );
}

/** An optional text; blank or absent gives ''. Reports what is no text. */
export function optionalText(row: RawRow, key: string, report: Report): string {
  const value = row[key];
  if (isAbsent(value)) return '';
  if (typeof value === 'string') return value.trim() === '' ? '' : value;
  report(key, `expected a text, found ${describeValue(value)}`, 'Put the value in quotes.');
  return '';
}
