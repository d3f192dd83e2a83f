/** Streams a data file as canonical rows; what is wrong with a row comes in its place. */
import type { DataFormat } from '../config/schema.ts';
import type { Problem } from '../errors.ts';
import { contentHash } from './content-hash.ts';
import { readRecords } from './read/read-records.ts';
import { type Flaw, type FlawFinding, isFlaw, type RawRecord } from './read/record.ts';
import type { Row, Shape } from './row.ts';
import { detectShape, parserOf, shapeHint } from './shapes/registry.ts';
import { describeValue, type RawRow, type ShapeParser } from './shapes/shape-parser.ts';

/** With `auto`, the shape that most of the first rows have is the shape of the file. */
const rowsThatDecide = 100;

export interface ReadOptions {
  format?: DataFormat;
  signal?: AbortSignal;
}

/**
 * Yields the rows of `path` in order, and a flaw for each that is not usable.
 * Throws a FettleError when the file as a whole cannot be read.
 */
export async function* readRows(path: string, options: ReadOptions = {}): AsyncGenerator<Row | Flaw> {
  const { format = 'auto', signal } = options;
  const waiting: (RawRecord | Flaw)[] = [];
  let parser = format === 'auto' ? undefined : parserOf(format);
  let seen = 0;
  for await (const record of readRecords(path, signal)) {
    if (parser !== undefined) {
      yield* toRows(record, path, parser);
      continue;
    }
    waiting.push(record);
    if (!isFlaw(record)) seen++;
    if (seen < rowsThatDecide) continue;
    parser = commonParser(waiting);
    for (const early of waiting.splice(0)) yield* toRows(early, path, parser);
  }
  for (const early of waiting) yield* toRows(early, path, commonParser(waiting));
}

function commonParser(records: readonly (RawRecord | Flaw)[]): ShapeParser | undefined {
  const counts = new Map<Shape, number>();
  for (const record of records) {
    const shape = isFlaw(record) || !isObject(record.value) ? undefined : detectShape(record.value);
    if (shape !== undefined) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  const most = [...counts].sort(([, a], [, b]) => b - a)[0];
  return most && parserOf(most[0]);
}

/** The row of a record, or everything that is wrong with it. */
function toRows(record: RawRecord | Flaw, file: string, parser: ShapeParser | undefined): (Row | Flaw)[] {
  if (isFlaw(record)) return [record];
  const { line, value } = record;
  const flaw = (finding: FlawFinding, problem: Omit<Problem, 'file' | 'line'>): Flaw => ({
    finding,
    code: finding === 'wrong-shape' ? 'FETTLE_DATA_FORMAT' : 'FETTLE_DATA',
    problem: { file, line, ...problem },
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
  return [{ ...content, file, line, shape: parser.shape, hash: contentHash(content), fields }];
}

function isObject(value: unknown): value is RawRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldNames(row: RawRow): string {
  return Object.keys(row).slice(0, 8).join(', ') || '(none)';
}
