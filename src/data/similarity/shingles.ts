/** Hashed character 4-grams: robust to typos and inflection, and the same for every language. */
import { normalizeText } from './normalize.ts';

const width = 4;

/** The distinct 4-grams of the normalized text (blanks at both ends included) as sorted 32-bit hashes. */
export function shinglesOf(text: string): Uint32Array {
  const padded = ` ${normalizeText(text)} `;
  const count = padded.length - width + 1;
  if (count < 1) return new Uint32Array(0);
  const hashes = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let hash = 0x811c9dc5;
    for (let k = i; k < i + width; k++) hash = Math.imul(hash ^ padded.charCodeAt(k), 0x01000193);
    hashes[i] = mix(hash);
  }
  hashes.sort();
  let distinct = 0;
  for (let i = 0; i < count; i++) if (i === 0 || hashes[i] !== hashes[i - 1]) hashes[distinct++] = hashes[i]!;
  return hashes.subarray(0, distinct);
}

/** Spreads a 32-bit hash (the finalizer of MurmurHash3). */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
