/**
 * Reads the front part of a GGUF file (version 2 or 3): metadata and the places of its tensors. Trusts nothing in it.
 * Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { StoredType } from '../native/types.ts';
import { asReadError } from '../system-errors.ts';
import { GgufBytes } from './gguf-bytes.ts';
import { formatError, shown, unsupportedError } from './model-error.ts';

export type GgufValue = number | bigint | boolean | string | GgufValue[];
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** One tensor of a GGUF file. */
export interface GgufTensor {
  name: string;
  type: StoredType;
  /** Row-major: [rows, cols] or [n] (GGUF writes it the other way round). */
  shape: number[];
  /** Byte offset from the start of the file. */
  offset: number;
  bytes: number;
}

export interface GgufHeader {
  file: string;
  fileBytes: number;
  version: number;
  metadata: GgufMetadata;
  tensors: Map<string, GgufTensor>;
}

interface TypeInfo {
  type: StoredType;
  blockValues: number;
  blockBytes: number;
}

/** ggml's type numbers that fettle reads, with the values and bytes of a block. */
const typeOf: ReadonlyMap<number, TypeInfo> = new Map([
  [0, { type: 'F32', blockValues: 1, blockBytes: 4 }],
  [1, { type: 'F16', blockValues: 1, blockBytes: 2 }],
  [2, { type: 'Q4_0', blockValues: 32, blockBytes: 18 }],
  [3, { type: 'Q4_1', blockValues: 32, blockBytes: 20 }],
  [6, { type: 'Q5_0', blockValues: 32, blockBytes: 22 }],
  [7, { type: 'Q5_1', blockValues: 32, blockBytes: 24 }],
  [8, { type: 'Q8_0', blockValues: 32, blockBytes: 34 }],
  [12, { type: 'Q4_K', blockValues: 256, blockBytes: 144 }],
  [13, { type: 'Q5_K', blockValues: 256, blockBytes: 176 }],
  [14, { type: 'Q6_K', blockValues: 256, blockBytes: 210 }],
  [30, { type: 'BF16', blockValues: 1, blockBytes: 2 }],
]);

/** Names for the error only: types of ggml that fettle does not read. */
const otherTypes: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);

const magic = 0x46554747; // "GGUF"
const defaultAlignment = 32;
const maxTensors = 1 << 20;
const maxMetadataKeys = 1 << 16;
/** Ten times the largest vocabulary; what all arrays of a file may hold together. */
const maxArrayElements = 1 << 22;
const maxArrayDepth = 4;
const maxDims = 4;

/**
 * Reads and checks the front part of a GGUF file, piece by piece; no tensor data is read.
 * Throws `FETTLE_FILE_NOT_FOUND`, `FETTLE_PERMISSION`, `FETTLE_MODEL_FORMAT` for a header that is cut off or lies,
 * `FETTLE_MODEL_UNSUPPORTED` for versions and types that fettle does not read.
 */
export function readGguf(file: string): GgufHeader {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    return parse(new GgufBytes(fd, fstatSync(fd).size, file));
  } catch (cause) {
    throw asReadError(cause, file);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function parse(bytes: GgufBytes): GgufHeader {
  const { file } = bytes;
  const version = readVersion(bytes);
  const tensorCount = bytes.count('a number of tensors', Math.min(maxTensors, bytes.remaining));
  const keyCount = bytes.count('a number of metadata keys', Math.min(maxMetadataKeys, bytes.remaining));
  const metadata = readMetadata(bytes, keyCount);
  const alignment = readAlignment(metadata, file);
  const infos = readTensorInfos(bytes, tensorCount);
  const dataStart = Math.ceil(bytes.position / alignment) * alignment;
  const tensors = place(infos, dataStart, alignment, bytes);
  return { file, fileBytes: bytes.size, version, metadata, tensors };
}

function readVersion(bytes: GgufBytes): number {
  const found = bytes.u32();
  if (found !== magic) {
    throw formatError(bytes.file, `expected a file that begins with "GGUF", found bytes 0x${found.toString(16)}`, {
      hint: 'Is this a GGUF file?',
    });
  }
  const version = bytes.u32();
  if (version === 2 || version === 3) return version;
  const bigEndian = version === 0x02000000 || version === 0x03000000;
  throw unsupportedError(bytes.file, `expected GGUF version 2 or 3, found ${bigEndian ? 'a big-endian file' : `version ${version}`}`, {
    hint: 'Convert the file again with a current llama.cpp.',
  });
}

function readMetadata(bytes: GgufBytes, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  const budget = { elements: maxArrayElements };
  for (let i = 0; i < count; i++) {
    const key = bytes.string('a metadata key');
    if (metadata.has(key)) throw formatError(bytes.file, 'expected each metadata key once, found it twice', { field: shown(key) });
    metadata.set(key, readValue(bytes, bytes.u32(), key, budget, 0));
  }
  return metadata;
}

function readValue(bytes: GgufBytes, type: number, key: string, budget: { elements: number }, depth: number): GgufValue {
  if (type === 8) return bytes.string(shown(key));
  if (type === 9) return readArray(bytes, key, budget, depth + 1);
  const read = scalarReaders(bytes)[type];
  if (read === undefined) throw formatError(bytes.file, `expected a value type from 0 to 12, found ${type}`, { field: shown(key) });
  return read();
}

/** By GGUF's value type numbers; strings (8) and arrays (9) are read elsewhere. */
function scalarReaders(bytes: GgufBytes): readonly ((() => GgufValue) | undefined)[] {
  const bool = () => bytes.u8() !== 0;
  const u64 = () => plainNumber(bytes.u64());
  const i64 = () => plainNumber(bytes.i64());
  const { u8, i8, u16, i16, u32, i32, f32, f64 } = bytes;
  return [u8, i8, u16, i16, u32, i32, f32, bool, undefined, undefined, u64, i64, f64];
}

function plainNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function readArray(bytes: GgufBytes, key: string, budget: { elements: number }, depth: number): GgufValue[] {
  if (depth > maxArrayDepth)
    throw formatError(bytes.file, `expected arrays nested at most ${maxArrayDepth} deep, found deeper`, { field: shown(key) });
  const type = bytes.u32();
  const length = bytes.count(`a length of ${shown(key)}`, Math.min(budget.elements, bytes.remaining));
  budget.elements -= length;
  const read = elementReader(bytes, type, key, budget, depth);
  if (read === undefined) throw formatError(bytes.file, `expected an element type from 0 to 12, found ${type}`, { field: shown(key) });
  const values: GgufValue[] = [];
  for (let i = 0; i < length; i++) values.push(read());
  return values;
}

function elementReader(
  bytes: GgufBytes,
  type: number,
  key: string,
  budget: { elements: number },
  depth: number,
): (() => GgufValue) | undefined {
  if (type === 8) return () => bytes.string(shown(key));
  if (type === 9) return () => readArray(bytes, key, budget, depth + 1);
  return scalarReaders(bytes)[type];
}

function readAlignment(metadata: GgufMetadata, file: string): number {
  const alignment = metadata.get('general.alignment') ?? defaultAlignment;
  if (typeof alignment === 'number' && alignment >= 8 && alignment <= 1 << 20 && Number.isInteger(Math.log2(alignment))) return alignment;
  throw formatError(file, `expected a power of two from 8, found ${shown(alignment)}`, { field: 'general.alignment' });
}

type TensorInfo = Omit<GgufTensor, 'offset'> & { relative: number };

function readTensorInfos(bytes: GgufBytes, count: number): TensorInfo[] {
  const infos: TensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const info = readTensorInfo(bytes);
    if (names.has(info.name)) throw formatError(bytes.file, 'expected each tensor once, found it twice', { field: shown(info.name) });
    names.add(info.name);
    infos.push(info);
  }
  return infos;
}

function readTensorInfo(bytes: GgufBytes): TensorInfo {
  const { file, size } = bytes;
  const name = bytes.string('a tensor name');
  const field = shown(name);
  const dims = bytes.u32();
  if (dims > maxDims) throw formatError(file, `expected at most ${maxDims} dimensions, found ${dims}`, { field });
  const shape = Array.from({ length: dims }, () => bytes.count(`a size of ${field}`, size * 32)).reverse();
  const type = bytes.u32();
  const info = typeOf.get(type);
  if (info === undefined) {
    const known = [...typeOf.values()].map((t) => t.type).join(', ');
    throw unsupportedError(file, `expected a type of ${known}, found ${otherTypes.get(type) ?? `number ${type}`}`, {
      field,
      hint: 'Take a GGUF file in one of these types, Q4_K_M for example.',
    });
  }
  const row = shape.at(-1) ?? 1;
  if (row % info.blockValues !== 0) {
    throw formatError(file, `expected rows of a multiple of ${info.blockValues} values for ${info.type}, found ${row}`, { field });
  }
  const tensorBytes = (shape.reduce((product, n) => product * n, 1) / info.blockValues) * info.blockBytes;
  if (!(tensorBytes <= size))
    throw formatError(file, `expected a tensor that fits the file's ${size} bytes, found [${shape.join(', ')}]`, { field });
  return { name, type: info.type, shape, bytes: tensorBytes, relative: bytes.count(`an offset of ${field}`, size) };
}

/** Turns relative offsets into places in the file, and checks that they are aligned, inside the file and do not overlap. */
function place(infos: readonly TensorInfo[], dataStart: number, alignment: number, { file, size }: GgufBytes): Map<string, GgufTensor> {
  let end = dataStart;
  for (const { name, relative, bytes } of infos.toSorted((a, b) => a.relative - b.relative || a.bytes - b.bytes)) {
    const field = shown(name);
    const offset = dataStart + relative;
    if (relative % alignment !== 0)
      throw formatError(file, `expected an offset that is a multiple of ${alignment}, found ${relative}`, { field });
    if (offset < end)
      throw formatError(file, `expected an offset from ${end - dataStart}, where the tensor before ends, found ${relative}`, { field });
    if (offset + bytes > size) {
      const hint = 'The file was cut off: download or copy it again.';
      throw formatError(file, `expected ${bytes} bytes from byte ${offset}, found a file of ${size} bytes`, { field, hint });
    }
    end = offset + bytes;
  }
  return new Map(infos.map(({ relative, ...info }) => [info.name, { ...info, offset: dataStart + relative }]));
}
