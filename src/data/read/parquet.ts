/** Parquet: rows of plain or nested columns, one row group at a time. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ParquetInput, ParquetReply } from './parquet-worker.ts';
import type { Flaw, RawRecord } from './record.ts';
import type { Source } from './source.ts';

/** How long one row group may take before the file counts as damaged: a constant, and time for each byte of the file. */
const patienceMs = 20_000;
const patienceMsPerByte = 1e-4;
/** A damaged file can promise gigabytes; the decoder gets no more than this. */
const memoryMb = 4096;

export async function* readParquet(source: Source): AsyncGenerator<RawRecord | Flaw> {
  const bytes = source.size === null ? await bytesOf(source) : null;
  const input: ParquetInput = { path: source.path, bytes };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./parquet-worker.${extension}`, import.meta.url), {
    execArgv: [],
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  worker.unref();
  const patience = patienceMs + (source.size ?? bytes!.byteLength) * patienceMsPerByte;
  let row = 0;
  try {
    for (;;) {
      const reply = await nextGroup(worker, patience);
      if ('error' in reply) {
        yield damaged(source.path, row, reply.error);
        return;
      }
      if (reply.rows.length === 0) return;
      for (const value of reply.rows) yield { line: ++row, value };
    }
  } finally {
    await worker.terminate();
  }
}

async function nextGroup(worker: Worker, patience: number): Promise<ParquetReply> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const answer = once(worker, 'message', { signal: stop.signal });
    worker.postMessage('next');
    const [reply] = (await answer) as [ParquetReply];
    return reply;
  } catch (cause) {
    if (stop.signal.aborted) return { error: `no row group could be decoded in ${Math.round(patience / 1000)} s` };
    return { error: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    clearTimeout(timer);
  }
}

function damaged(file: string, row: number, reason: string): Flaw {
  const message = `expected a whole Parquet file, found a damaged one after row ${row}: ${reason}`;
  const hint = 'Was the file cut off? Write or download it again.';
  return { finding: 'invalid-parquet', code: 'FETTLE_DATA', problem: { file, line: row + 1, message, hint } };
}

/** A pipe cannot be read from its end, where Parquet keeps its index: hold it whole. */
async function bytesOf(source: Source): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const chunk of source.chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}
