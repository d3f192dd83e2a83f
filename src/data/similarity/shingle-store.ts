/** Many sorted sets of 32-bit hashes, packed into a few large arrays; and in how many sets each hash occurs. */

/** Hashes in one chunk. */
const chunkSize = 1 << 20;
/** At most this many bits of a hash choose its counter; two hashes may share one, which only makes both look a little more common. */
const mostCounterBits = 22;

export class ShingleStore {
  readonly #sets: Uint32Array[] = [];
  #chunk = new Uint32Array(chunkSize);
  #used = 0;
  #bytes = 0;

  get size(): number {
    return this.#sets.length;
  }

  /** Bytes that the sets take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a copy of a set of distinct hashes; returns its number. */
  add(set: Uint32Array): number {
    if (this.#used + set.length > this.#chunk.length) {
      this.#chunk = new Uint32Array(Math.max(chunkSize, set.length));
      this.#used = 0;
    }
    const kept = this.#chunk.subarray(this.#used, this.#used + set.length);
    kept.set(set);
    this.#used += set.length;
    this.#bytes += set.byteLength + 96; // a typed array's own object
    return this.#sets.push(kept) - 1;
  }

  get(i: number): Uint32Array {
    return this.#sets[i]!;
  }

  /** Inverse document frequency of each hash: how much it says that two sets share it. 0 for what every set has. */
  weights(): Weights {
    const documents = this.size;
    const hashes = this.#sets.reduce((n, set) => n + set.length, 0);
    const shift = 32 - Math.min(mostCounterBits, 4 + Math.ceil(Math.log2(hashes + 1)));
    const table = new Float32Array(2 ** (32 - shift));
    for (const set of this.#sets) for (let i = 0; i < set.length; i++) table[set[i]! >>> shift]!++;
    for (let i = 0; i < table.length; i++) if (table[i]! > 0) table[i] = Math.log((documents + 1) / Math.min(table[i]!, documents));
    return (hash) => table[hash >>> shift]!;
  }
}

export type Weights = (hash: number) => number;

/** Weighted Jaccard similarity of two sorted sets: the weight of what both have over the weight of what either has. */
export function similarity(a: Uint32Array, b: Uint32Array, weight: Weights): number {
  let both = 0;
  let either = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
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
