/** Parquet: rows of plain or nested columns, one row group at a time. */
import type { AsyncBuffer } from 'hyparquet';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Flaw, RawRecord } from './record.ts';
import type { Source } from './source.ts';

/** Rows decoded at a time; a row group may hold a million. */
const rowsAtATime = 4096;

export async function* readParquet(source: Source): AsyncGenerator<RawRecord | Flaw> {
  let row = 0;
  try {
    const file = source.size === null ? await bufferOf(source) : await asyncBufferFromFile(source.path);
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    for (let start = 0; start < rows; start += rowsAtATime) {
      const end = Math.min(rows, start + rowsAtATime);
      const objects = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end, compressors });
      for (const value of objects) yield { line: ++row, value: plain(value) };
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `expected a whole Parquet file, found a damaged one after row ${row}: ${reason}`;
    yield {
      finding: 'invalid-parquet',
      code: 'FETTLE_DATA',
      problem: { file: source.path, line: row + 1, message, hint: 'Was the file cut off? Write or download it again.' },
    };
  }
}

/** A pipe cannot be read from its end, where Parquet keeps its index: hold it whole. */
async function bufferOf(source: Source): Promise<AsyncBuffer> {
  const parts: Buffer[] = [];
  for await (const chunk of source.chunks) parts.push(chunk);
  const whole = new Uint8Array(Buffer.concat(parts));
  return { byteLength: whole.byteLength, slice: (start, end) => whole.slice(start, end).buffer };
}

/** 64-bit integers and typed arrays as JSON would have them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Int32Array, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value ?? undefined;
}
