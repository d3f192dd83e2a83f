/** Finds pairs of similar texts: MinHash and locality-sensitive hashing propose, exact similarity decides. */
import { NumberList } from '../number-list.ts';
import { shingleSet } from './shingles.ts';
import { bands, Signatures } from './signatures.ts';
import type { TextStore } from './text-store.ts';
import { similarity, type Weights, weightsOf } from './weights.ts';

/** Texts that can be compared; band keys and numbers of texts are sorted as one 53-bit number. */
export const mostTexts = 2 ** 21;
/** In a band that very many texts share, each is compared with this many before it and this many of the first. */
const comparedInCrowd = 24;
/** Of one text: exact comparisons that may fail, and pairs that are kept. One has few real copies; a crowd is a template. */
const mostCompared = 24;
const mostPairs = 6;
/** An estimate this far below the threshold (two standard deviations and more) needs no exact comparison. */
const estimateMargin = 0.15;
/** Bytes of shingle sets that are kept for the next comparison. */
const cachedBytes = 96 << 20;

/** Pairs of texts by number, a < b. */
export interface PairList {
  readonly a: NumberList<Uint32Array>;
  readonly b: NumberList<Uint32Array>;
}

export class NearIndex {
  readonly #texts: TextStore;
  readonly #weight: Weights;
  readonly #sets = new Map<number, Uint32Array>();
  #setBytes = 0;

  constructor(texts: TextStore) {
    this.#texts = texts;
    this.#weight = weightsOf(texts);
  }

  /** Weighted Jaccard similarity of the character 4-grams of two texts, 0 to 1. */
  similarity(a: number, b: number): number {
    return similarity(this.#set(a), this.#set(b), this.#weight);
  }

  /** Pairs of at least `threshold`, each once, in no order; at most 6 for each text with earlier ones. */
  pairs(threshold: number): PairList {
    const found: PairList = { a: new NumberList((n) => new Uint32Array(n)), b: new NumberList((n) => new Uint32Array(n)) };
    const keep = (a: number, b: number) => {
      found.a.push(a);
      found.b.push(b);
    };
    const { first, members } = identicalTexts(this.#texts);
    for (const [i, of] of first.entries()) if (of !== i && of < mostTexts) keep(of, i);
    const signatures = new Signatures(this.#texts, members, this.#weight);
    const pairs = new Uint8Array(members.length);
    const failed = new Uint8Array(members.length);
    const isDone = (n: number) => pairs[n]! >= mostPairs || failed[n]! >= mostCompared;
    for (let band = 0; band < bands; band++) {
      for (const [m, n] of proposed(band, signatures, members.length, isDone)) {
        if (signatures.agreeBefore(m, n, band) || signatures.estimate(m, n) < threshold - estimateMargin) continue;
        const [a, b] = [members[m]!, members[n]!];
        if (this.similarity(a, b) >= threshold) {
          keep(a, b);
          pairs[n]!++;
        } else failed[n]!++;
      }
    }
    return found;
  }

  #set(i: number): Uint32Array {
    const known = this.#sets.get(i);
    if (known !== undefined) return known;
    const set = shingleSet(this.#texts.get(i)).slice();
    this.#setBytes += set.byteLength + 200;
    if (this.#setBytes > cachedBytes) {
      this.#sets.clear();
      this.#setBytes = set.byteLength;
    }
    this.#sets.set(i, set);
    return set;
  }
}

/** The pairs of members that agree in a band, smaller first, those of `n` while it is not done. */
function* proposed(band: number, signatures: Signatures, members: number, isDone: (n: number) => boolean): Iterable<[number, number]> {
  const keys = new Float64Array(members);
  let count = 0;
  for (let m = 0; m < members; m++) if (signatures.usable[m] === 1) keys[count++] = signatures.key(m, band) * mostTexts + m;
  const sorted = keys.subarray(0, count).sort();
  for (let start = 0, end = 0; start < count; start = end) {
    const limit = (Math.floor(sorted[start]! / mostTexts) + 1) * mostTexts;
    for (end = start + 1; end < count && sorted[end]! < limit; ) end++;
    if (end === start + 1) continue;
    const group = Uint32Array.from(sorted.subarray(start, end), (key) => key % mostTexts);
    for (const [at, n] of group.entries()) {
      const recent = Math.max(0, at - comparedInCrowd);
      for (let other = 0; other < at && !isDone(n); other++) {
        if (other === comparedInCrowd) other = Math.max(other, recent);
        yield [group[other]!, n];
      }
    }
  }
}

/** Per text the first with the same characters (itself when there is none; `mostTexts` for empty ones), and those that are first. */
function identicalTexts(texts: TextStore): { first: Uint32Array; members: Uint32Array } {
  const keys = new Float64Array(texts.size);
  for (let i = 0; i < texts.size; i++) keys[i] = hashOf(texts.get(i)) * mostTexts + i;
  keys.sort();
  const first = new Uint32Array(texts.size);
  let representatives: number[] = [];
  for (const [at, key] of keys.entries()) {
    const i = key % mostTexts;
    if (at === 0 || Math.floor(key / mostTexts) !== Math.floor(keys[at - 1]! / mostTexts)) representatives = [];
    if (texts.get(i).length < 2) first[i] = mostTexts;
    else {
      const twin = representatives.length === 0 ? undefined : twinAmong(representatives, i, texts);
      if (twin === undefined) representatives.push(i);
      first[i] = twin ?? i;
    }
  }
  return { first, members: Uint32Array.from(first.keys()).filter((i) => first[i] === i) };
}

function twinAmong(representatives: readonly number[], i: number, texts: TextStore): number | undefined {
  const text = texts.text(i);
  return representatives.find((other) => texts.text(other) === text);
}

function hashOf(units: ArrayLike<number>): number {
  let hash = units.length;
  for (let i = 0; i < units.length; i++) hash = Math.imul(hash ^ units[i]!, 0x01000193);
  return hash >>> 0;
}
