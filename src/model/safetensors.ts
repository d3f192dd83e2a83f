/**
 * Reads the header of a safetensors file, and trusts nothing in it.
 * Layout: u64 header length, JSON header, data. https://github.com/huggingface/safetensors
 */
import { type FileHandle, open } from 'node:fs/promises';
import { asReadError } from '../system-errors.ts';
import { findJsonFlaw } from './json-keys.ts';
import { formatError, shown } from './model-error.ts';

/** Bits of one value of each type of the format; F4 and F6 types are smaller than a byte. */
const bitsOf: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['F4', 4],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
]);

/** The limit of the reference implementation. */
const maxHeaderBytes = 100_000_000;
/** header > tensor > shape. */
const maxDepth = 3;
const truncatedHint = 'The file was cut off or damaged: download or copy it again.';

/** One tensor of a safetensors file. */
export interface SafetensorsEntry {
  name: string;
  /** As the file says it: F32, F16, BF16, U8, ... */
  dtype: string;
  shape: number[];
  /** Byte offset from the start of the file. */
  offset: number;
  bytes: number;
}

export interface SafetensorsHeader {
  file: string;
  fileBytes: number;
  tensors: Map<string, SafetensorsEntry>;
  metadata: Map<string, string>;
}

/**
 * Reads and checks the header; no tensor data is read.
 * Throws `FETTLE_FILE_NOT_FOUND`, `FETTLE_PERMISSION`, or `FETTLE_MODEL_FORMAT` for a header that is cut off or lies.
 */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    const json = await readHeaderText(handle, file, size);
    return { file, fileBytes: size, ...parseHeader(json, file, size) };
  } catch (cause) {
    throw asReadError(cause, file);
  } finally {
    await handle?.close();
  }
}

async function readHeaderText(handle: FileHandle, file: string, fileBytes: number): Promise<Uint8Array> {
  const prefix = await readExactly(handle, file, 0, 8);
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(maxHeaderBytes)) {
    throw formatError(file, `expected a header of at most ${maxHeaderBytes} bytes, found a length of ${declared}`, { hint: truncatedHint });
  }
  if (declared > BigInt(fileBytes - 8)) {
    const found = `the file holds ${fileBytes - 8} bytes after the length`;
    throw formatError(file, `expected a header of ${declared} bytes as the file says, found that ${found}`, { hint: truncatedHint });
  }
  return readExactly(handle, file, 8, Number(declared));
}

async function readExactly(handle: FileHandle, file: string, position: number, bytes: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, position + done);
    if (bytesRead === 0) {
      throw formatError(file, `expected ${bytes} bytes at ${position}, found the end of the file at ${position + done}`, {
        hint: truncatedHint,
      });
    }
    done += bytesRead;
  }
  return buffer;
}

function parseHeader(json: Uint8Array, file: string, fileBytes: number): Pick<SafetensorsHeader, 'tensors' | 'metadata'> {
  const header = parseObject(json, file);
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata = new Map<string, string>();
  const dataStart = 8 + json.length;
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = parseMetadata(value, file);
    else tensors.set(name, parseTensor(name, value, file, dataStart, fileBytes));
  }
  checkCoverage([...tensors.values()], file, dataStart, fileBytes);
  return { tensors, metadata };
}

function parseObject(json: Uint8Array, file: string): object {
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch (cause) {
    throw formatError(file, 'expected a header in UTF-8, found other bytes', { cause, hint: truncatedHint });
  }
  const flaw = findJsonFlaw(text, maxDepth);
  if (flaw?.kind === 'duplicate')
    throw formatError(file, 'expected each name once in the header, found one twice', { field: shown(flaw.key) });
  if (flaw?.kind === 'depth') throw formatError(file, `expected a header nested at most ${maxDepth} deep, found deeper`);
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw formatError(file, `expected a JSON header, found ${shown(text.slice(0, 40))}`, { cause, hint: 'Is this a safetensors file?' });
  }
  if (!isObject(value)) throw formatError(file, `expected a JSON object as header, found ${shown(value)}`);
  return value;
}

function parseMetadata(value: unknown, file: string): Map<string, string> {
  if (!isObject(value)) throw formatError(file, `expected an object of strings, found ${shown(value)}`, { field: '__metadata__' });
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw formatError(file, `expected a string, found ${shown(text)}`, { field: `__metadata__.${shown(key)}` });
    metadata.set(key, text);
  }
  return metadata;
}

function parseTensor(name: string, value: unknown, file: string, dataStart: number, fileBytes: number): SafetensorsEntry {
  const refuse = (message: string) => formatError(file, message, { field: shown(name), hint: truncatedHint });
  if (!isObject(value)) throw refuse(`expected {"dtype", "shape", "data_offsets"}, found ${shown(value)}`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const bits = typeof dtype === 'string' ? bitsOf.get(dtype) : undefined;
  if (bits === undefined) throw refuse(`expected a dtype of ${[...bitsOf.keys()].join(', ')}, found ${shown(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw refuse(`expected a shape of whole numbers, found ${shown(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw refuse(`expected data_offsets [begin, end], found ${shown(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > fileBytes - dataStart) {
    throw refuse(`expected offsets inside the file's ${fileBytes - dataStart} bytes of data, found [${begin}, ${end}]`);
  }
  const totalBits = shape.reduce((product, n) => product * n, 1) * bits;
  if (totalBits !== (end - begin) * 8) {
    throw refuse(`expected ${totalBits / 8} bytes for ${dtype} [${shape.join(', ')}], found ${end - begin} between its offsets`);
  }
  return { name, dtype: dtype as string, shape, offset: dataStart + begin, bytes: end - begin };
}

/** The tensors must fill the data without holes or overlaps, as the format promises. */
function checkCoverage(tensors: readonly SafetensorsEntry[], file: string, dataStart: number, fileBytes: number): void {
  let at = dataStart;
  for (const { name, offset, bytes } of tensors.toSorted((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (offset !== at) {
      const found = offset < at ? 'it overlaps the tensor before it' : `a hole of ${offset - at} bytes`;
      throw formatError(file, `expected the tensor to begin at byte ${at - dataStart} of the data, found ${found}`, { field: shown(name) });
    }
    at = offset + bytes;
  }
  if (at !== fileBytes) {
    throw formatError(file, `expected ${at - dataStart} bytes of data, found ${fileBytes - dataStart}`, { hint: truncatedHint });
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
