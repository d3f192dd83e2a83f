/** Reads any supported file as a stream of records: JSON Lines, a JSON array, CSV, TSV or Parquet. */
import { extname } from 'node:path';
import { FettleError } from '../../errors.ts';
import { readCsv } from './csv.ts';
import { readJsonArray } from './json-array.ts';
import { readJsonl } from './jsonl.ts';
import { readParquet } from './parquet.ts';
import type { Flaw, RawRecord } from './record.ts';
import { isParquet, openSource, type Source, type SourceOptions } from './source.ts';

/** Opens `path` and yields its records and flaws in order. The content decides the reader; the name decides only for CSV. */
export async function* readRecords(path: string, options: SourceOptions = {}): AsyncGenerator<RawRecord | Flaw> {
  const source = await openSource(path, options);
  try {
    yield* readerFor(source)(source);
  } finally {
    source.close();
  }
}

function readerFor(source: Source): (source: Source) => AsyncGenerator<RawRecord | Flaw> {
  if (isParquet(source.head)) return readParquet;
  const extension = extname(source.path).toLowerCase();
  if (extension === '.csv' || extension === '.tsv') return readCsv;
  const first = source.head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()[0];
  if (first === '[') return readJsonArray;
  if (first === '{' || first === undefined || ['.jsonl', '.json', '.ndjson'].includes(extension)) return readJsonl;
  throw new FettleError(
    'FETTLE_DATA_FORMAT',
    `expected JSON Lines, JSON, CSV, TSV or Parquet, found a file of another kind: ${source.path}`,
    {
      hint: 'Name it .jsonl (one JSON object a line), .json (an array), .csv, .tsv (with a header line) or .parquet.',
      problems: [{ file: source.path, message: `begins with ${JSON.stringify(source.head.toString('utf8').slice(0, 40))}` }],
    },
  );
}
