/** Opens a data file (or pipe), refusing what is no UTF-8 data: folders, archives, UTF-16, files that may not be read. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { FettleError } from '../../errors.ts';

/** Bytes looked at to tell what a file is. */
const headBytes = 4096;

export interface Source {
  path: string;
  /** Bytes, or null for a pipe. */
  size: number | null;
  /** The first bytes, up to 4096. */
  head: Buffer;
  /** The whole content, head included; may be iterated once. */
  chunks: AsyncIterable<Buffer>;
  /** Gives the file back when `chunks` was not iterated. */
  close(): void;
}

export interface SourceOptions {
  signal?: AbortSignal;
  /** Called after each piece with the bytes read so far and the size of the file (null for a pipe). */
  onBytes?: (read: number, size: number | null) => void;
}

/** Opens `path`. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, FETTLE_DATA_FORMAT, FETTLE_DATA_EMPTY or FETTLE_DATA_ENCODING. */
export async function openSource(path: string, { signal, onBytes }: SourceOptions = {}): Promise<Source> {
  const info = await stat(path).catch((cause: unknown) => refuseToOpen(path, cause));
  if (info.isDirectory()) {
    throw new FettleError('FETTLE_DATA_FORMAT', `expected a data file, found a folder: ${path}`, {
      hint: 'Name one file in it: .jsonl, .json, .csv, .tsv or .parquet.',
      problems: [{ file: path, message: 'is a folder' }],
    });
  }
  if (info.isBlockDevice() || (info.isCharacterDevice() && !isStdin(path))) {
    throw new FettleError('FETTLE_DATA_FORMAT', `expected a data file, found a device: ${path}`, {
      hint: 'Name a file, or /dev/stdin for what another command writes.',
      problems: [{ file: path, message: 'is a device' }],
    });
  }
  const stream = createReadStream(path, { highWaterMark: 1 << 20, signal });
  const iterator: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let firstBytes = 0;
  let ended = false;
  while (firstBytes < headBytes && !ended) {
    const next = await iterator.next().catch((cause: unknown) => refuseToOpen(path, cause));
    ended = next.done === true;
    if (!ended) {
      first.push(next.value);
      firstBytes += next.value.length;
    }
  }
  const head = Buffer.concat(first).subarray(0, headBytes);
  if (head.length === 0) throw emptyData(path, 'the file has no bytes');
  const wrong = notUtf8Text(head);
  if (wrong !== undefined) {
    stream.destroy();
    throw new FettleError('FETTLE_DATA_ENCODING', `expected UTF-8 text or Parquet, found ${wrong.found}: ${path}`, {
      hint: wrong.hint,
      problems: [{ file: path, message: `is ${wrong.found}`, hint: wrong.hint }],
    });
  }
  const size = info.isFile() ? info.size : null;
  const chunks = counted(rest(first, iterator, stream), (read) => onBytes?.(read, size));
  return { path, size, head, chunks, close: () => stream.destroy() };
}

/** A terminal is a device too. */
function isStdin(path: string): boolean {
  return /^\/dev\/(?:stdin|tty|fd\/0)$|^\/proc\/self\/fd\/0$/.test(path);
}

async function* rest(first: readonly Buffer[], iterator: AsyncIterator<Buffer>, stream: { destroy(): void }): AsyncGenerator<Buffer> {
  try {
    yield* first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    stream.destroy();
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (read: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    yield chunk;
    read += chunk.length;
    onBytes(read);
  }
}

/** FETTLE_DATA_EMPTY for a file that holds no rows. */
export function emptyData(path: string, why: string): FettleError {
  return new FettleError('FETTLE_DATA_EMPTY', `expected at least one row, found none: ${path} (${why})`, {
    hint: 'Check that the file was written completely and that it is the one you meant.',
    problems: [{ file: path, message: why }],
  });
}

async function refuseToOpen(path: string, cause: unknown): Promise<never> {
  const code = (cause as NodeJS.ErrnoException).code;
  if (cause instanceof Error && cause.name === 'AbortError') throw cause;
  if (code === 'EACCES' || code === 'EPERM') {
    throw new FettleError('FETTLE_PERMISSION', `the data file may not be read: ${path}`, {
      cause,
      hint: `Give yourself the right to read it: chmod u+r ${path}`,
      problems: [{ file: path, message: 'no permission to read' }],
    });
  }
  const near = await nearFile(path);
  throw new FettleError(
    'FETTLE_FILE_NOT_FOUND',
    `expected a data file, found nothing that can be opened: ${path} (${code ?? String(cause)})`,
    {
      cause,
      hint: near === undefined ? 'Paths are relative to the working directory.' : `Did you mean ${near}?`,
      problems: [{ file: path, message: 'cannot be opened' }],
    },
  );
}

async function nearFile(path: string): Promise<string | undefined> {
  const names = await readdir(dirname(path)).catch(() => []);
  if (names.length === 0) return undefined;
  const near = closest(basename(path), names);
  return distance(near, basename(path)) <= Math.max(2, near.length * 0.3) ? `${dirname(path)}/${near}` : undefined;
}

const magics: readonly { bytes: number[]; found: string; hint: string }[] = [
  { bytes: [0x1f, 0x8b], found: 'a gzip archive', hint: 'Unpack it first: gunzip FILE' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], found: 'a zip archive', hint: 'Unpack it first: unzip FILE' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], found: 'a Zstandard archive', hint: 'Unpack it first: zstd -d FILE' },
  { bytes: [0x42, 0x5a, 0x68], found: 'a bzip2 archive', hint: 'Unpack it first: bunzip2 FILE' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], found: 'an xz archive', hint: 'Unpack it first: unxz FILE' },
  { bytes: [0xff, 0xfe, 0, 0], found: 'UTF-32 text', hint: 'Convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW' },
  { bytes: [0xff, 0xfe], found: 'UTF-16 text', hint: 'Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW' },
  { bytes: [0xfe, 0xff], found: 'UTF-16 text', hint: 'Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW' },
];

function notUtf8Text(head: Buffer): { found: string; hint: string } | undefined {
  const magic = magics.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  if (magic !== undefined) return magic;
  if (isParquet(head)) return undefined;
  const even = zeros(head, 0);
  const odd = zeros(head, 1);
  const half = head.length / 2;
  if (half >= 2 && Math.max(even, odd) > half * 0.4 && Math.min(even, odd) < half * 0.1) {
    const name = even > odd ? 'UTF-16BE' : 'UTF-16LE';
    return { found: `${name} text (no byte order mark)`, hint: `Convert it: iconv -f ${name} -t UTF-8 FILE > NEW` };
  }
  return undefined;
}

function zeros(bytes: Buffer, parity: 0 | 1): number {
  let n = 0;
  for (let i = parity; i < bytes.length; i += 2) if (bytes[i] === 0) n++;
  return n;
}

export function isParquet(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'PAR1';
}
