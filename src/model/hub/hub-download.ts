/** One file from the hub into the cache: resumed where it broke off, and kept only when its hash is right. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { downloadFile } from '@huggingface/hub';
import { FettleError } from '../../errors.ts';
import { asWriteError } from '../../system-errors.ts';
import { type HubFile, type HubRequest, hubSays } from './hub-answer.ts';

export interface DownloadTask {
  file: HubFile;
  /** Where the content goes. */
  blob: string;
  request: HubRequest & { revision: string };
  /** Bytes of this file that are here. */
  onBytes: (bytes: number) => void;
}

const attempts = 4;
/** A connection that sends nothing for so long is taken for broken. */
const stallMilliseconds = 30_000;

/** Throws `FETTLE_DOWNLOAD`, `FETTLE_NO_SPACE`, `FETTLE_PERMISSION` and what the hub's fetch throws. What came so far is kept for a next time. */
export async function downloadToBlob(task: DownloadTask): Promise<void> {
  if (existsSync(task.blob)) return;
  const partial = `${task.blob}.incomplete`;
  try {
    await mkdir(dirname(task.blob), { recursive: true });
    for (let attempt = 1; ; attempt++) {
      try {
        await fetchRest(task, partial);
        break;
      } catch (error) {
        task.request.signal?.throwIfAborted();
        if (attempt === attempts || !isPassing(error)) throw error;
        await sleep(250 * 2 ** attempt, undefined, { signal: task.request.signal });
      }
    }
    await verify(task, partial);
    await rename(partial, task.blob);
  } catch (cause) {
    // Another process may have fetched the same file meanwhile; it wrote the same bytes to the same places.
    if (isCode(cause, 'ENOENT') && existsSync(task.blob)) return;
    if (cause instanceof BrokenTransfer) throw brokenOff(task, cause);
    throw asWriteError(cause, partial);
  }
}

/** The connection broke; trying again goes on from there. */
class BrokenTransfer extends Error {}

/** Errors that may be gone a moment later: the hub had answered before. */
function isPassing(error: unknown): boolean {
  return error instanceof BrokenTransfer || (error instanceof FettleError && error.code === 'FETTLE_HUB');
}

async function fetchRest(task: DownloadTask, partial: string): Promise<void> {
  const { file, request, onBytes } = task;
  let have = await sizeOf(partial);
  if (have > file.size) {
    await rm(partial);
    have = 0;
  }
  onBytes(have);
  if (have === file.size && have > 0) return;
  const blob = await hubSays(request, () => downloadFile({ ...request, path: file.path }));
  if (blob === null) throw new FettleError('FETTLE_DOWNLOAD', `expected ${file.path} at the hub, found none`);
  if (blob.size !== file.size) throw new FettleError('FETTLE_DOWNLOAD', `expected ${file.size} bytes of ${file.path}, found ${blob.size}`);
  const handle = await open(partial, have > 0 ? 'r+' : 'w');
  try {
    await writeFrom(blob.slice(have, blob.size).stream().getReader(), handle, have, task);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeFrom(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  handle: FileHandle,
  start: number,
  task: DownloadTask,
): Promise<void> {
  let at = start;
  try {
    for (;;) {
      const { done, value } = await nextChunk(reader, task.request.signal);
      if (done) break;
      for (let written = 0; written < value.length; ) {
        const { bytesWritten } = await handle.write(value, written, value.length - written, at + written);
        written += bytesWritten;
      }
      at += value.length;
      task.onBytes(at);
    }
  } finally {
    // The stream may already have failed, which was reported above.
    reader.cancel().catch(() => undefined);
  }
  if (at < task.file.size) throw new BrokenTransfer(`the connection ended after ${at} of ${task.file.size} bytes`);
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>, signal: AbortSignal | undefined): ReturnType<typeof reader.read> {
  const stall = Promise.withResolvers<never>();
  const timeout = setTimeout(
    () => stall.reject(new BrokenTransfer(`nothing came for ${stallMilliseconds / 1000} seconds`)),
    stallMilliseconds,
  );
  const onAbort = () => stall.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([reader.read(), stall.promise]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof BrokenTransfer ? error : new BrokenTransfer(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timeout);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function verify({ file, request: { signal } }: DownloadTask, partial: string): Promise<void> {
  const hash = hashFor(file);
  for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === file.etag) return;
  await rm(partial, { force: true });
  throw new FettleError('FETTLE_DOWNLOAD', `expected ${file.path} to have the hash ${file.etag}, found ${found}; it was removed`, {
    hint: 'What came is damaged: run the command again.',
  });
}

/** Large files are named by SHA-256 of their content, small ones as git names them. */
function hashFor({ isLarge, size }: HubFile): Hash {
  return isLarge ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

function brokenOff({ file }: DownloadTask, cause: Error): FettleError {
  return new FettleError(
    'FETTLE_DOWNLOAD',
    `expected all of ${file.path}, found that the download broke off ${attempts} times: ${cause.message}`,
    {
      cause,
      hint: 'Run the command again: it goes on where it stopped.',
    },
  );
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
