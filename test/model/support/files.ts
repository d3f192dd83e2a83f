/** Small model files for tests, written by hand so that they can also be wrong. */
import { writeFileSync } from 'node:fs';

/** Bytes of a safetensors file: any header (an object, or text taken as it is), any data. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array(0), declaredLength?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(declaredLength ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

/** A safetensors file of F32 tensors, all zero. */
export function writeZeros(file: string, shapes: Readonly<Record<string, number[]>>): void {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end;
    end += 4 * shape.reduce((product, n) => product * n, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  writeFileSync(file, safetensorsBytes(header, new Uint8Array(end)));
}

export type GgufScalar = { u32: number } | { i32: number } | { u64: bigint } | { f32: number } | { bool: boolean };
export type GgufEntry = GgufScalar | string | string[] | { i32s: number[] } | { f32s: number[] } | { bools: boolean[] };

export interface GgufTensorToWrite {
  name: string;
  /** Row-major; written the other way round. */
  shape: number[];
  /** ggml's type number; F32 is 0. */
  type?: number;
  data: Uint8Array;
  /** Instead of the place where the data really lies. */
  offset?: number;
}

const u32 = (n: number) => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n);
  return b;
};
const u64 = (n: bigint | number) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(n));
  return b;
};
const f32 = (n: number) => {
  const b = Buffer.alloc(4);
  b.writeFloatLE(n);
  return b;
};
const text = (s: string) => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)]);

function entry(value: GgufEntry): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (Array.isArray(value)) return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
  if ('i32s' in value) return Buffer.concat([u32(9), u32(5), u64(value.i32s.length), ...value.i32s.map(u32)]);
  if ('bools' in value) return Buffer.concat([u32(9), u32(7), u64(value.bools.length), Buffer.from(value.bools.map(Number))]);
  if ('f32s' in value) return Buffer.concat([u32(9), u32(6), u64(value.f32s.length), ...value.f32s.map(f32)]);
  if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)]);
  if ('i32' in value) return Buffer.concat([u32(5), u32(value.i32 >>> 0)]);
  if ('u64' in value) return Buffer.concat([u32(10), u64(value.u64)]);
  if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)]);
  return Buffer.concat([u32(7), Buffer.of(value.bool ? 1 : 0)]);
}

/** Bytes of a GGUF file, version 3, alignment 32 unless the metadata say otherwise. */
export function ggufBytes(
  metadata: Readonly<Record<string, GgufEntry>>,
  tensors: readonly GgufTensorToWrite[] = [],
  alignment = 32,
): Buffer {
  const padding = (bytes: number) => Buffer.alloc((alignment - (bytes % alignment)) % alignment);
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let at = 0;
  for (const { name, shape, type = 0, data: bytes, offset } of tensors) {
    infos.push(text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(type), u64(offset ?? at));
    data.push(Buffer.from(bytes), padding(bytes.length));
    at += bytes.length + padding(bytes.length).length;
  }
  const entries = Object.entries(metadata).flatMap(([key, value]) => [text(key), entry(value)]);
  const front = Buffer.concat([
    ...[Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)],
    ...[...entries, ...infos],
  ]);
  return Buffer.concat([front, padding(front.length), ...data]);
}
