/** A short name for a model's content, from its headers and the first bytes of each weight; whole weights are not read. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { DecoderConfig, WeightSource } from '../native/types.ts';
import { asReadError } from '../system-errors.ts';

/** Enough that two trainings of one architecture differ in it. */
const sampleBytes = 64;

/** SHA-256 (hex). The same files give the same hash wherever they lie. */
export async function modelFingerprint(config: DecoderConfig, weights: ReadonlyMap<string, WeightSource>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(config));
  const handles = new Map<string, FileHandle>();
  try {
    for (const [name, source] of weights) {
      const { file, offset, bytes } = 'nf4' in source ? source.packed : source;
      const handle = handles.get(file) ?? (await open(file, 'r'));
      handles.set(file, handle);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(sampleBytes, bytes)), { position: offset });
      hash.update(JSON.stringify([name, 'nf4' in source ? 'NF4' : source.type, source.shape, bytes])).update(buffer.subarray(0, bytesRead));
    }
  } catch (cause) {
    throw asReadError(cause, [...handles.keys()].at(-1) ?? 'the model');
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
  return hash.digest('hex');
}
