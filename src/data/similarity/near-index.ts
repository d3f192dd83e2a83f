/** Finds all pairs of similar texts: MinHash and locality-sensitive hashing propose, exact similarity decides. */
import { buckets, minHash } from './min-hash.ts';
import { ShingleStore, similarity } from './shingle-store.ts';
import { mix, shinglesOf } from './shingles.ts';

export interface NearPair {
  /** Numbers given by `add`, a < b. */
  a: number;
  b: number;
  /** Weighted Jaccard similarity of the character 4-grams, 0 to 1. */
  similarity: number;
}

/** Buckets in a band: two texts are compared when they agree in a whole band. With 32 bands of 5: 0.6 is found in 92 %, 0.7 in 99.8 %. */
const bandRows = 5;
/** In a band that very many texts share, each is compared with this many before it and this many of the first. */
const comparedInCrowd = 24;

export class NearIndex {
  readonly #store = new ShingleStore();

  /** Adds a text; returns its number, from 0. */
  add(text: string): number {
    return this.#store.add(shinglesOf(text));
  }

  get size(): number {
    return this.#store.size;
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  /** All pairs of at least `threshold`, ordered by b, then a. Texts without letters and digits are in none. */
  pairs(threshold: number): NearPair[] {
    const store = this.#store;
    const weight = store.weights();
    const { first, members } = this.#identical();
    const signatures = new Uint32Array(members.length * buckets);
    const usable = members.map((i, m) => minHash(store.get(i), weight, signatures.subarray(m * buckets, (m + 1) * buckets)));
    const found: NearPair[] = [];
    const compare = (m: number, n: number, band: number) => {
      for (let earlier = 0; earlier < band; earlier++) if (agree(signatures, m, n, earlier)) return;
      const [a, b] = [members[m]!, members[n]!];
      const s = similarity(store.get(a), store.get(b), weight);
      if (s >= threshold) found.push({ a, b, similarity: s });
    };
    for (let band = 0; band < buckets / bandRows; band++) this.#candidates(signatures, usable, band, compare);
    for (const [i, of] of first.entries()) if (of !== i && of >= 0) found.push({ a: of, b: i, similarity: 1 });
    return found.sort((x, y) => x.b - y.b || x.a - y.a);
  }

  /** The similarity of two texts, by the weights of all. */
  similarityOf(): (a: number, b: number) => number {
    const weight = this.#store.weights();
    return (a, b) => similarity(this.#store.get(a), this.#store.get(b), weight);
  }

  /** For each text the first with the same 4-grams (-1 for empty ones), and the list of those first ones. */
  #identical(): { first: Int32Array; members: number[] } {
    const first = new Int32Array(this.size).fill(-1);
    const byHash = new Map<number, number[]>();
    const members: number[] = [];
    for (let i = 0; i < this.size; i++) {
      const set = this.#store.get(i);
      if (set.length === 0) continue;
      let hash = set.length;
      for (const one of set) hash = Math.imul(hash ^ one, 0x01000193);
      const same = byHash.get(hash) ?? [];
      const twin = same.find((j) => sameSet(this.#store.get(j), set));
      first[i] = twin ?? i;
      if (twin !== undefined) continue;
      members.push(i);
      byHash.set(hash, [...same, i]);
    }
    return { first, members };
  }

  /** Calls `compare` (smaller first) for the texts that may agree in one band. */
  #candidates(
    signatures: Uint32Array,
    usable: readonly boolean[],
    band: number,
    compare: (m: number, n: number, band: number) => void,
  ): void {
    const groups = new Map<number, number[]>();
    for (const [m, has] of usable.entries()) {
      if (!has) continue;
      let key = band;
      const start = m * buckets + band * bandRows;
      for (let k = start; k < start + bandRows; k++) key = mix(key ^ signatures[k]!);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [m]);
      else {
        const from = Math.max(0, group.length - comparedInCrowd);
        for (let i = 0; i < Math.min(from, comparedInCrowd); i++) compare(group[i]!, m, band);
        for (let i = from; i < group.length; i++) compare(group[i]!, m, band);
        group.push(m);
      }
    }
  }
}

/** Whether two signatures are equal in a whole band; pairs that an earlier band proposed are not compared again. */
function agree(signatures: Uint32Array, m: number, n: number, band: number): boolean {
  const [x, y] = [m * buckets + band * bandRows, n * buckets + band * bandRows];
  for (let k = 0; k < bandRows; k++) if (signatures[x + k] !== signatures[y + k]) return false;
  return true;
}

function sameSet(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((hash, i) => hash === b[i]);
}
