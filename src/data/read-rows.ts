/** Streams a data file as canonical rows; what is wrong with a row comes in its place. */
import type { DataFormat } from '../config/schema.ts';
import { isObject, parseRow } from './parse-row.ts';
import { readRecords } from './read/read-records.ts';
import { type Flaw, isFlaw, type RawRecord } from './read/record.ts';
import type { SourceOptions } from './read/source.ts';
import { Review } from './review/review.ts';
import type { Row, Shape } from './row.ts';
import { detectShape, parserOf } from './shapes/registry.ts';
import type { ShapeParser } from './shapes/shape-parser.ts';

/** With `auto`, the shape that most of the first rows have is the shape of the file. */
const rowsThatDecide = 100;
/** ... unless hardly any of so many can be read. */
const recordsThatDecide = 1000;

export interface ReadOptions extends SourceOptions {
  format?: DataFormat;
  /** The reviewers' decisions to apply; left out, those beside the data. */
  review?: Review;
  /** Changes each record before its shape is looked at: renamed columns, the chosen answer of a pair. */
  mapRecord?: (record: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/**
 * Yields the rows of `path` in order, as reviewers left them, and a flaw for each that is not usable.
 * Throws a FettleError when the file as a whole cannot be read.
 */
export async function* readRows(path: string, options: ReadOptions = {}): AsyncGenerator<Row | Flaw> {
  const { format = 'auto', review = await Review.of(path) } = options;
  const rowsOf = (record: RawRecord | Flaw, shape: ShapeParser | undefined) => review.apply(parseRow(record, path, shape), shape);
  const waiting: (RawRecord | Flaw)[] = [];
  let parser = format === 'auto' ? undefined : parserOf(format);
  let seen = 0;
  for await (const read of readRecords(path, options)) {
    const record =
      options.mapRecord === undefined || isFlaw(read) || !isObject(read.value) ? read : { ...read, value: options.mapRecord(read.value) };
    if (parser !== undefined) {
      yield* rowsOf(record, parser);
      continue;
    }
    waiting.push(record);
    if (!isFlaw(record)) seen++;
    if (seen < rowsThatDecide && waiting.length < recordsThatDecide) continue;
    parser = commonParser(waiting);
    for (const early of waiting.splice(0)) yield* rowsOf(early, parser);
  }
  parser ??= commonParser(waiting);
  for (const early of waiting) yield* rowsOf(early, parser);
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
