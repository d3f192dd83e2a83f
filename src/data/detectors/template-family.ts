/** Rows made of one template ask in nearly the same words for other things: what was filled in is what they are about. */
import type { NearRows, SimilarRows } from '../similarity/near-rows.ts';
import { contentWords, differingWords, isTypoOf } from './contradiction.ts';

/** Two words in a row belong to a template when so many questions have them ... */
const fewestRows = 4;
/** ... and this share of all. */
const smallestShare = 0.004;
/** Both questions come of a template when this share of the words that they share belongs to one. */
const templateShare = 0.75;
/** What was filled in is about as frequent as what was filled in elsewhere; a synonym is far rarer than the word of the template. */
const comparable = 0.25;
/** Words are counted by hash: two may share a counter, which is far from making either common. */
const counters = 1 << 20;

export class TemplateFamilies {
  readonly #similar: SimilarRows;
  readonly #words = new Uint32Array(counters);
  readonly #pairs = new Uint32Array(counters);
  readonly #common: number;

  constructor(similar: SimilarRows) {
    this.#similar = similar;
    this.#common = Math.max(fewestRows, similar.size * smallestShare);
    for (let i = 0; i < similar.size; i++) {
      const words = similar.question(i).split(' ');
      for (const slot of new Set(words.map(slotOf))) this.#words[slot]!++;
      for (const slot of new Set(wordPairs(words).map(slotOf))) this.#pairs[slot]!++;
    }
  }

  /** Whether both questions come of a template and were filled in differently. */
  differ({ a, b }: NearRows): boolean {
    const [wordsA, wordsB] = [this.#similar.question(a).split(' '), this.#similar.question(b).split(' ')];
    const { onlyA, onlyB } = differingWords(wordsA, wordsB);
    const [filledA, filledB] = [contentWords(onlyA), contentWords(onlyB)];
    if (!filledA.some((x) => filledB.some((y) => this.#areComparable(x, y)))) return false;
    const shared = contentWords(wordsA.filter((word) => !onlyA.includes(word)));
    if (shared.length < Math.max(filledA.length, filledB.length)) return false;
    const template = this.#templateWords(wordsA);
    return shared.filter((word) => template.has(word)).length >= shared.length * templateShare;
  }

  #areComparable(x: string, y: string): boolean {
    const [rowsX, rowsY] = [this.#words[slotOf(x)]!, this.#words[slotOf(y)]!];
    return Math.min(rowsX, rowsY) >= Math.max(rowsX, rowsY) * comparable && !isTypoOf(x, y);
  }

  /** The words of a question that stand beside the same word in many others. */
  #templateWords(words: readonly string[]): Set<string> {
    return new Set(
      wordPairs(words)
        .filter((pair) => this.#pairs[slotOf(pair)]! >= this.#common)
        .flatMap((pair) => pair.split(' ')),
    );
  }
}

/** Each word with the one after it; the ends of the text count as words. */
function wordPairs(words: readonly string[]): string[] {
  return [...words, '.'].map((word, i) => `${words[i - 1] ?? '.'} ${word}`);
}

function slotOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (counters - 1);
}
