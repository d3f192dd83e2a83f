/** One record of a file as a canonical row, or everything that is wrong with it. */
import type { Problem } from '../errors.ts';
import { contentHash } from './content-hash.ts';
import { type Flaw, type FlawFinding, isFlaw, type RawRecord } from './read/record.ts';
import type { Row } from './row.ts';
import { detectShape, shapeHint } from './shapes/registry.ts';
import { describeValue, type RawRow, type ShapeParser } from './shapes/shape-parser.ts';

/** The row of a record, or its flaws. @param parser the shape of the file; undefined when no row told it */
export function parseRow(record: RawRecord | Flaw, file: string, parser: ShapeParser | undefined): [Row] | Flaw[] {
  if (isFlaw(record)) return [record];
  const { line, value } = record;
  const flaw = (finding: FlawFinding, problem: Omit<Problem, 'file' | 'line'>): Flaw => ({
    finding,
    code: finding === 'wrong-shape' ? 'FETTLE_DATA_FORMAT' : 'FETTLE_DATA',
    problem: { file, line, ...problem },
    ...(isObject(value) && { record: value }),
  });
  if (!isObject(value)) return [flaw('invalid-field', { message: `expected an object with fields, found ${describeValue(value)}` })];
  const found = detectShape(value);
  if (parser === undefined || (found === undefined && parser.signature.every((key) => value[key] === undefined))) {
    const message = `expected ${parser === undefined ? 'a row of a known shape' : `a row of the shape ${parser.shape}`}, found the fields ${fieldNames(value)}`;
    return [flaw('wrong-shape', { message, hint: shapeHint(value) })];
  }
  if (found !== parser.shape && !parser.signature.every((key) => value[key] !== undefined)) {
    const message = `expected the shape ${parser.shape}, as the other rows have, found ${found} (fields ${fieldNames(value)})`;
    return [flaw('wrong-shape', { message, hint: 'One file holds one shape: convert the row, or move it to a file of its own.' })];
  }
  const flaws: Flaw[] = [];
  const content = parser.parse(value, (field, message, hint, finding = 'invalid-field') =>
    flaws.push(flaw(finding, { field, message, hint })),
  );
  if (content === undefined || flaws.length > 0) return flaws;
  const fields = Object.fromEntries(Object.entries(value).filter(([key]) => !parser.keys.includes(key)));
  return [{ ...content, file, line, shape: parser.shape, hash: contentHash(content), fields, record: value }];
}

export function isObject(value: unknown): value is RawRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldNames(row: RawRow): string {
  return Object.keys(row).slice(0, 8).join(', ') || '(none)';
}
