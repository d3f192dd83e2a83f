import { readFileSync } from 'node:fs';

export interface ReadTensor {
  shape: number[];
  data: Float32Array | Int32Array | Uint16Array | Uint8Array | BigInt64Array;
}

const kinds = { F32: Float32Array, I32: Int32Array, BF16: Uint16Array, U8: Uint8Array, I64: BigInt64Array } as const;

/** A whole safetensors fixture in memory. */
export function readTensors(file: string): Map<string, ReadTensor> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: keyof typeof kinds; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    bytes.toString('utf8', 8, 8 + length),
  );
  const tensors = new Map<string, ReadTensor>();
  for (const [name, t] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = t.data_offsets;
    const copy = new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end));
    tensors.set(name, { shape: t.shape, data: new kinds[t.dtype](copy.buffer) });
  }
  return tensors;
}
