/** Reads tensors of a safetensors file as fp32, one at a time. */
import { open } from 'node:fs/promises';
import { FettleError } from '../errors.ts';
import { readSafetensorsHeader, type SafetensorsEntry } from '../model/safetensors.ts';

export interface TensorFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** One tensor's values, row-major; F16 and BF16 are widened, which is exact. */
  read(name: string): Promise<Float32Array>;
  /** One tensor's bytes as they are stored. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file whose tensors are F32, F16 or BF16.
 * @throws FettleError FETTLE_MODEL_FORMAT for a file that is cut off or lies, FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION
 */
export async function openTensorFile(path: string): Promise<TensorFile> {
  const { tensors } = await readSafetensorsHeader(path);
  const handle = await open(path, 'r');
  const readBytes = async (name: string) => {
    const entry = tensors.get(name);
    if (entry === undefined) throw unreadable(path, name, undefined);
    const bytes = new Uint8Array(entry.bytes);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, entry.offset + done);
      if (bytesRead === 0) throw unreadable(path, name, 'the end of the file');
      done += bytesRead;
    }
    return bytes;
  };
  return {
    path,
    tensors,
    read: async (name) => {
      const dtype = tensors.get(name)?.dtype;
      const widen = dtype === undefined ? undefined : wideners.get(dtype);
      if (widen === undefined) throw unreadable(path, name, dtype);
      return widen(await readBytes(name));
    },
    readBytes,
    close: () => handle.close(),
  };
}

/** The types that a trained tensor may have in a file. */
const wideners: ReadonlyMap<string, (bytes: Uint8Array) => Float32Array> = new Map([
  ['F32', (bytes) => new Float32Array(bytes.buffer)],
  ['BF16', (bytes) => fromBits(bytes, (half) => half << 16)],
  ['F16', (bytes) => fromBits(bytes, float16Bits)],
]);

function fromBits(bytes: Uint8Array, bitsOf: (half: number) => number): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes.buffer), bitsOf).buffer);
}

/** The bits of the fp32 that equals an IEEE half. */
function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal half is a normal fp32
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function unreadable(path: string, name: string, found: string | undefined): FettleError {
  return new FettleError('FETTLE_MODEL_FORMAT', `expected ${name} as F32, F16 or BF16 in ${path}, found ${found ?? 'no such tensor'}`, {
    problems: [{ file: path, field: name, message: `found ${found ?? 'no such tensor'}` }],
  });
}
