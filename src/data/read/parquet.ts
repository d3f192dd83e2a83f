/** Parquet: rows of plain or nested columns, one row group at a time. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ParquetReply, ParquetRequest } from './parquet-worker.ts';
import type { Flaw, RawRecord } from './record.ts';
import type { Source } from './source.ts';

/** How long one row group may take before the file counts as damaged: a constant, and time for each byte of the file. */
const patienceMs = 20_000;
const patienceMsPerByte = 1e-4;
/** A damaged file can promise gigabytes; the decoder gets no more than this. */
const memoryMb = 4096;
const keptIdleMs = 1000;

export async function* readParquet(source: Source): AsyncGenerator<RawRecord | Flaw> {
  const bytes = source.size === null ? await bytesOf(source) : null;
  const patience = patienceMs + (source.size ?? bytes!.byteLength) * patienceMsPerByte;
  const decoder = takeDecoder();
  let request: ParquetRequest = { path: source.path, bytes };
  let row = 0;
  let healthy = false;
  try {
    for (;;) {
      const reply = await nextGroup(decoder, request, patience);
      if ('error' in reply) {
        healthy = !reply.hung;
        yield damaged(source.path, row, reply.error);
        return;
      }
      healthy = true;
      if (reply.rows.length === 0) return;
      healthy = false;
      for (const value of reply.rows) yield { line: ++row, value };
      request = 'next';
    }
  } finally {
    if (healthy) keepDecoder(decoder);
    else await decoder.terminate();
  }
}

/** A thread that read its last file to the end serves the next one, if that comes soon: many small files need no start each. */
let idle: { decoder: Worker; timer: NodeJS.Timeout } | undefined;

function takeDecoder(): Worker {
  if (idle !== undefined) {
    const { decoder, timer } = idle;
    clearTimeout(timer);
    idle = undefined;
    return decoder;
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const decoder = new Worker(new URL(`./parquet-worker.${extension}`, import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  // Without a listener an error of a waiting decoder (out of memory) would end the process.
  decoder.on('error', () => forget(decoder));
  decoder.unref();
  return decoder;
}

function forget(decoder: Worker): void {
  if (idle?.decoder !== decoder) return;
  clearTimeout(idle.timer);
  idle = undefined;
}

function keepDecoder(decoder: Worker): void {
  const end = () => {
    idle = undefined;
    void decoder.terminate();
  };
  if (idle === undefined) idle = { decoder, timer: setTimeout(end, keptIdleMs).unref() };
  else void decoder.terminate();
}

async function nextGroup(decoder: Worker, request: ParquetRequest, patience: number): Promise<ParquetReply & { hung?: true }> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const answer = once(decoder, 'message', { signal: stop.signal });
    decoder.postMessage(request);
    const [reply] = (await answer) as [ParquetReply];
    return reply;
  } catch (cause) {
    if (stop.signal.aborted) return { error: `no row group could be decoded in ${Math.round(patience / 1000)} s`, hung: true };
    return { error: cause instanceof Error ? cause.message : String(cause), hung: true };
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
