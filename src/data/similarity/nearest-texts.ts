/** The texts nearest to some others by the words they share: cosine of TF-IDF vectors over an inverted index. */
import { wordsOf } from './normalize.ts';

export interface Neighbour {
  /** Place in the list of texts. */
  index: number;
  /** 0 to 1. */
  similarity: number;
}

/** A word of more than this share of the texts tells nothing about which ones belong together. */
const commonShare = 0.2;
const commonTexts = 50;
/** Places of the index looked at for one text, its rarest words first: beyond it words say little and cost much. */
const mostPlaces = 2000;

/** Numbers of words, ascending, with their weights; the vector has length 1. */
interface Vector {
  words: Uint32Array;
  weights: Float32Array;
}

/** For each of the texts at `of`: at most `count` others, the nearest first; texts that share no telling word with it are not among them. */
export function nearestTexts(texts: readonly string[], of: readonly number[], count: number): Neighbour[][] {
  const { vectors, holders } = index(texts);
  const shared = new Float32Array(texts.length);
  return of.map((i) => {
    const own = vectors[i]!;
    const rarestFirst = [...own.words.keys()].sort((a, b) => holders[own.words[a]!]!.length - holders[own.words[b]!]!.length);
    const touched: number[] = [];
    let places = 0;
    for (const at of rarestFirst) {
      const list = holders[own.words[at]!]!;
      if (places > 0 && places + list.length > mostPlaces) break;
      places += list.length;
      for (const j of list) {
        if (shared[j] === 0 && j !== i) touched.push(j);
        shared[j]! += own.weights[at]! ** 2;
      }
    }
    const candidates = touched.length <= 8 * count ? touched : highest(touched, shared, 8 * count);
    const near = candidates.map((j) => ({ index: j, similarity: cosine(own, vectors[j]!) }));
    for (const j of touched) shared[j] = 0;
    shared[i] = 0;
    return near.sort((a, b) => b.similarity - a.similarity || a.index - b.index).slice(0, count);
  });
}

/** The vectors of all texts, and for each word the texts that hold it. */
function index(texts: readonly string[]): { vectors: Vector[]; holders: number[][] } {
  const numbers = new Map<string, number>();
  const holders: number[][] = [];
  const counts = texts.map((text, i) => {
    const own = new Map<number, number>();
    for (const word of wordsOf(text)) {
      const number = numbers.get(word) ?? numbers.size;
      numbers.set(word, number);
      own.set(number, (own.get(number) ?? 0) + 1);
    }
    for (const number of own.keys()) {
      holders[number] ??= [];
      holders[number].push(i);
    }
    return own;
  });
  const limit = Math.max(commonTexts, texts.length * commonShare);
  const rarity = holders.map(({ length }) => (length > limit ? 0 : Math.log((texts.length + 1) / length)));
  const vectors = counts.map((own): Vector => {
    const words = Uint32Array.from([...own.keys()].filter((number) => rarity[number]! > 0)).sort();
    const raw = Array.from(words, (number) => (1 + Math.log(own.get(number)!)) * rarity[number]!);
    const length = Math.hypot(...raw) || 1;
    return { words, weights: Float32Array.from(raw, (weight) => weight / length) };
  });
  return { vectors, holders };
}

function cosine(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.words.length && j < b.words.length; ) {
    const [x, y] = [a.words[i]!, b.words[j]!];
    if (x === y) sum += a.weights[i++]! * b.weights[j++]!;
    else if (x < y) i++;
    else j++;
  }
  return sum;
}

/** The `count` of the indices with the highest scores, in no order. */
function highest(indices: readonly number[], scores: Float32Array, count: number): number[] {
  const bar = Float32Array.from(indices, (i) => scores[i]!).sort()[indices.length - count]!;
  return indices.filter((i) => scores[i]! >= bar).slice(0, 4 * count);
}
