/** Hashed character 4-grams: robust to typos and inflection, and the same for every language. */
import { normalizeText } from './normalize.ts';
import type { CodeUnits } from './text-store.ts';

const width = 4;
const blank = 32;

/** Calls `visit` with the 32-bit hash of each 4-gram of a normalized text, a blank counted at both ends; repeated ones come again. */
export function visitShingles(units: CodeUnits, visit: (hash: number) => void): void {
  const { length } = units;
  if (length < width - 2) return;
  const first = (i: number) => (i < 0 || i >= length ? blank : units[i]!);
  let [a, b, c] = [blank, first(0), first(1)];
  for (let i = 2; i <= length; i++) {
    const d = i === length ? blank : units[i]!;
    // Four bytes are the 4-gram itself; wider characters are folded.
    visit(mix((a | b | c | d) < 256 ? (a << 24) | (b << 16) | (c << 8) | d : folded(a, b, c, d)));
    a = b;
    b = c;
    c = d;
  }
}

function folded(a: number, b: number, c: number, d: number): number {
  let hash = 0x811c9dc5;
  hash = Math.imul(hash ^ a, 0x01000193);
  hash = Math.imul(hash ^ b, 0x01000193);
  hash = Math.imul(hash ^ c, 0x01000193);
  return Math.imul(hash ^ d, 0x01000193);
}

/** The distinct 4-grams of a text as sorted 32-bit hashes. */
export function shinglesOf(text: string): Uint32Array {
  const normal = normalizeText(text);
  return shingleSet(Uint16Array.from({ length: normal.length }, (_, i) => normal.charCodeAt(i)));
}

/** As `shinglesOf`, for a normalized text. */
export function shingleSet(units: CodeUnits): Uint32Array {
  const hashes = new Uint32Array(units.length + 1);
  let count = 0;
  visitShingles(units, (hash) => {
    hashes[count++] = hash;
  });
  const all = hashes.subarray(0, count).sort();
  let distinct = 0;
  for (let i = 0; i < count; i++) if (i === 0 || all[i] !== all[i - 1]) all[distinct++] = all[i]!;
  return all.subarray(0, distinct);
}

/** Spreads a 32-bit hash (the finalizer of MurmurHash3). */
export function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
