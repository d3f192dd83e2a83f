/** Pairs of rows that mean the same to a model: each the other's nearest, and nearer than rows around them are to each other. */
import type { Vectors } from '../clusters/vectors.ts';
import type { Meanings } from './row-meanings.ts';

/** Nearness is judged against that of so many next neighbours (cross-domain similarity local scaling, Conneau et al. 2018). */
const neighbours = 6;
/**
 * How much nearer two rows must be than the rows around them, by question and answer together: chance comes nearer in larger sets, with the
 * logarithm of their size. By the question alone it comes less near. Measured: docs/decisions.md.
 */
const nearerBy = (rows: number) => 0.03 + 0.035 * Math.log(rows);
const questionAlone = 0.75;

export interface MeaningPairs {
  /** [a, b], a < b: question and answer mean the same. */
  same: [number, number][];
  /** The question alone. */
  asked: [number, number][];
}

export function sameMeaning({ questions, answers }: Meanings): MeaningPairs {
  const both = nearestOf([questions, answers]);
  const asked = nearestOf([questions]);
  const nearer = nearerBy(questions.size);
  return { same: mutual(both, nearer), asked: mutual(asked, nearer * questionAlone) };
}

interface Nearest {
  /** Per row: the nearest other one, -1 where the row says nothing. */
  of: Int32Array;
  similarity: Float32Array;
  /** The mean similarity of the next ones. */
  around: Float32Array;
}

/** By the sum of the cosines of several kinds of vectors. */
function nearestOf(kinds: readonly Vectors[]): Nearest {
  const { size } = kinds[0]!;
  const of = new Int32Array(size).fill(-1);
  const top = Array.from({ length: size }, () => new Float32Array(neighbours + 1).fill(Number.NEGATIVE_INFINITY));
  const isEmpty = (i: number) => kinds.some(({ data, dimensions: d }) => data.subarray(i * d, (i + 1) * d).every((x) => x === 0));
  const empty = Array.from({ length: size }, (_, i) => isEmpty(i));
  for (let b = 0; b < size; b++) {
    if (empty[b]) continue;
    for (let a = 0; a < b; a++) {
      if (empty[a]) continue;
      let similarity = 0;
      for (const { data, dimensions: d } of kinds) {
        const [x, y] = [a * d, b * d];
        for (let c = 0; c < d; c++) similarity += data[x + c]! * data[y + c]!;
      }
      if (similarity > top[a]![0]!) of[a] = b;
      if (similarity > top[b]![0]!) of[b] = a;
      insert(top[a]!, similarity);
      insert(top[b]!, similarity);
    }
  }
  const mean = (list: Float32Array) => {
    const known = list.subarray(1).filter((value) => value !== Number.NEGATIVE_INFINITY);
    return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return { of, similarity: Float32Array.from(top, (list) => list[0]!), around: Float32Array.from(top, mean) };
}

/** Puts a value into a list that is sorted, the largest first, and drops the smallest. */
function insert(list: Float32Array, value: number): void {
  if (value <= list[list.length - 1]!) return;
  let at = list.length - 1;
  for (; at > 0 && list[at - 1]! < value; at--) list[at] = list[at - 1]!;
  list[at] = value;
}

function mutual({ of, similarity, around }: Nearest, nearer: number): [number, number][] {
  return [...of.entries()].filter(([a, b]) => a < b && of[b] === a && similarity[a]! - (around[a]! + around[b]!) / 2 >= nearer);
}
