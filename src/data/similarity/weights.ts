/** Inverse document frequency of shingles: how much it says that two texts share one. */
import { visitShingles } from './shingles.ts';
import type { TextStore } from './text-store.ts';

/** The weight of a shingle's hash; 0 for what every text has. */
export type Weights = (hash: number) => number;

/** At most this many bits of a hash choose its counter; two hashes may share one, which only makes both look a little more common. */
const mostCounterBits = 22;

export function weightsOf(texts: TextStore): Weights {
  const shift = 32 - Math.min(mostCounterBits, 4 + Math.ceil(Math.log2(texts.units + 1)));
  const table = new Float32Array(2 ** (32 - shift));
  /** The text that a counter last counted, + 1: a text counts once. */
  const last = new Uint32Array(table.length);
  for (let i = 0; i < texts.size; i++) {
    visitShingles(texts.get(i), (hash) => {
      const slot = hash >>> shift;
      if (last[slot] === i + 1) return;
      last[slot] = i + 1;
      table[slot]!++;
    });
  }
  for (let i = 0; i < table.length; i++) if (table[i]! > 0) table[i] = Math.log((texts.size + 1) / table[i]!);
  return (hash) => table[hash >>> shift]!;
}

/** Weighted Jaccard similarity of two sorted sets: the weight of what both have over the weight of what either has. */
export function similarity(a: Uint32Array, b: Uint32Array, weight: Weights): number {
  let both = 0;
  let either = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a[i]!;
    const y = b[j]!;
    if (x === y) {
      both += weight(x);
      i++;
      j++;
    } else if (x < y) {
      either += weight(x);
      i++;
    } else {
      either += weight(y);
      j++;
    }
  }
  for (; i < a.length; i++) either += weight(a[i]!);
  for (; j < b.length; j++) either += weight(b[j]!);
  either += both;
  return either === 0 ? 0 : both / either;
}
