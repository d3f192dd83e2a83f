/** Decodes Parquet in a thread of its own: a damaged file can make the decoder loop without end, and only a thread can be stopped. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type AsyncBuffer, asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** What is decoded: a file, or the bytes of a pipe. */
export interface ParquetInput {
  path: string;
  bytes: Uint8Array | null;
}

/** A file to begin with, or the wish for more of it. */
export type ParquetRequest = ParquetInput | 'next';
/** The answer to each request: the rows of the next row group, none at the end, or why there are none. */
export type ParquetReply = { rows: unknown[] } | { error: string };

async function* rowGroups({ path, bytes }: ParquetInput): AsyncGenerator<unknown[]> {
  const file: AsyncBuffer = bytes === null ? await asyncBufferFromFile(path) : bufferOf(bytes);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart, rowEnd, compressors });
    if (rows.length !== rowEnd - rowStart) throw new Error(`a row group promises ${rowEnd - rowStart} rows and has ${rows.length}`);
    if (rows.length > 0) yield rows.map(plain);
    rowStart = rowEnd;
  }
  if (rowStart !== Number(metadata.num_rows)) throw new Error(`the file promises ${metadata.num_rows} rows and has ${rowStart}`);
}

function bufferOf(bytes: Uint8Array): AsyncBuffer {
  return { byteLength: bytes.byteLength, slice: (start, end) => new Uint8Array(bytes.subarray(start, end)).buffer };
}

/** 64-bit integers, typed arrays and dates as JSON would have them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Int32Array, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value ?? undefined;
}

function serve(port: MessagePort): void {
  let groups: AsyncIterator<unknown[]> | undefined;
  const answer = async (request: ParquetRequest): Promise<ParquetReply> => {
    if (request !== 'next') groups = rowGroups(request);
    try {
      const next = await groups!.next();
      return { rows: next.done ? [] : next.value };
    } catch (cause) {
      return { error: cause instanceof Error ? cause.message : String(cause) };
    }
  };
  port.on('message', (request: ParquetRequest) => void answer(request).then((reply) => port.postMessage(reply)));
}

// Columns are decoded side by side: the first failure is the answer, those that follow it have nobody left to tell.
process.on('unhandledRejection', () => {});

if (parentPort !== null) serve(parentPort);
