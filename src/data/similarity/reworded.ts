/** Pairs of rows that say the same in other words: cosines of TF-IDF vectors over word stems, of question, answer and both together. */

/** In larger sets every row has neighbours by chance, and comparing by words takes too long. */
export const mostReworded = 20_000;
/** Words are joined with their other forms by their beginnings. */
const stemLetters = 5;
/**
 * The three cosines of a reworded pair add up to this. On the 500 Zenith rows the highest sums of unrelated pairs are 1.40, 1.38, 1.22;
 * of five pairs reworded by hand from head to foot 1.25 to 1.64.
 */
const leastSum = 1.24;
/** Candidates share so much of their telling words; common ones are left out of the search. */
const candidateShare = 0.2;
const commonRows = 50;
const commonShare = 0.05;
/** A row with more such neighbours than this belongs to a template, where likeness says nothing. */
const mostNeighbours = 3;

interface Document {
  /** Ascending. */
  words: Uint32Array;
  /** Of length 1 together. */
  weights: Float32Array;
}

/** Pairs [a, b], a < b, of texts that are normalized. Rows without a question are in none. */
export function rewordedPairs(questions: readonly string[], answers: readonly string[]): [number, number][] {
  const asked = documentsOf(questions);
  const said = documentsOf(answers);
  const both = documentsOf(questions.map((question, i) => `${question} ${answers[i]!}`));
  const pairs: [number, number][] = [];
  for (const [a, b] of candidatePairs(both)) {
    if (asked[a]!.words.length === 0 || asked[b]!.words.length === 0) continue;
    if (cosine(both[a]!, both[b]!) + cosine(asked[a]!, asked[b]!) + cosine(said[a]!, said[b]!) >= leastSum) pairs.push([a, b]);
  }
  const neighbours = new Map<number, number>();
  for (const pair of pairs) for (const i of pair) neighbours.set(i, (neighbours.get(i) ?? 0) + 1);
  return pairs.filter((pair) => pair.every((i) => neighbours.get(i)! <= mostNeighbours));
}

function documentsOf(texts: readonly string[]): Document[] {
  const numbers = new Map<string, number>();
  const counts = texts.map((text) => {
    const of = new Map<number, number>();
    for (const word of text.split(' ')) {
      if (word.length < 2) continue;
      const stem = word.slice(0, stemLetters);
      const number = numbers.get(stem) ?? numbers.set(stem, numbers.size).size - 1;
      of.set(number, (of.get(number) ?? 0) + 1);
    }
    return of;
  });
  const rows = new Uint32Array(numbers.size);
  for (const of of counts) for (const word of of.keys()) rows[word]!++;
  return counts.map((of) => {
    const words = Uint32Array.from(of.keys()).sort();
    const weights = Float32Array.from(words, (word) => (1 + Math.log(of.get(word)!)) * Math.log((texts.length + 1) / rows[word]!));
    const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
    return { words, weights: weights.map((weight) => (length === 0 ? 0 : weight / length)) };
  });
}

/** Pairs whose telling words overlap, found over lists of the rows that have each word. */
function* candidatePairs(documents: readonly Document[]): Iterable<[number, number]> {
  const limit = Math.max(commonRows, documents.length * commonShare);
  const rows = new Map<number, number>();
  for (const { words } of documents) for (const word of words) rows.set(word, (rows.get(word) ?? 0) + 1);
  const holders = new Map<number, { row: number; weight: number }[]>();
  const overlap = new Float32Array(documents.length);
  for (const [b, { words, weights }] of documents.entries()) {
    const touched: number[] = [];
    for (let k = 0; k < words.length; k++) {
      const word = words[k]!;
      if (rows.get(word)! > limit) continue;
      const list = holders.get(word) ?? [];
      holders.set(word, list);
      for (const { row, weight } of list) {
        if (overlap[row] === 0) touched.push(row);
        overlap[row]! += weight * weights[k]!;
      }
      list.push({ row: b, weight: weights[k]! });
    }
    for (const a of touched) {
      if (overlap[a]! >= candidateShare) yield [a, b];
      overlap[a] = 0;
    }
  }
}

function cosine(a: Document, b: Document): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.words.length && j < b.words.length; ) {
    const x = a.words[i]!;
    const y = b.words[j]!;
    if (x === y) sum += a.weights[i++]! * b.weights[j++]!;
    else if (x < y) i++;
    else j++;
  }
  return sum;
}
