/** Writes a safetensors file piece by piece, so that saving never holds a second copy of the weights. */
import type { FileHandle } from 'node:fs/promises';

export interface TensorToWrite {
  name: string;
  shape: readonly number[];
  /** Default f32. */
  dtype?: 'f32' | 'u8';
  /** Values, row-major, in as many pieces as there are; asked for when the tensor's turn has come. A piece may be reused for the next. */
  pieces: () => AsyncIterable<Float32Array | Uint8Array> | Iterable<Float32Array | Uint8Array>;
}

/**
 * Writes tensors in the given order; the same tensors always give the same bytes.
 * Layout: https://github.com/huggingface/safetensors (u64 header length, JSON header padded to 8 bytes, data).
 */
export async function streamSafetensors(
  file: FileHandle,
  tensors: readonly TensorToWrite[],
  metadata: Record<string, string>,
): Promise<void> {
  await file.writeFile(headerBytes(tensors, metadata));
  for (const tensor of tensors) {
    for await (const piece of tensor.pieces()) {
      await file.writeFile(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    }
  }
}

function headerBytes(tensors: readonly TensorToWrite[], metadata: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, dtype = 'f32' } of tensors) {
    const start = end;
    end += elements(shape) * (dtype === 'f32' ? Float32Array : Uint8Array).BYTES_PER_ELEMENT;
    header[name] = { dtype: dtype.toUpperCase(), shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded, ' ');
  bytes.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(bytes, 8);
  return bytes;
}

/** Number of values of a shape. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
