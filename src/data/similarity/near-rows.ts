/** Pairs of rows that ask nearly the same, or answer nearly the same: for duplicates, contradictions and leakage between parts. */

import type { Meanings } from '../meaning/row-meanings.ts';
import { sameMeaning } from '../meaning/same-meaning.ts';
import { NumberList } from '../number-list.ts';
import type { Row } from '../row.ts';
import { answersOf, questionOf } from '../texts.ts';
import { BoilerplateCounter } from './boilerplate.ts';
import { mostTexts, NearIndex, type PairList } from './near-index.ts';
import { normalizeText } from './normalize.ts';
import { mostReworded, rewordedPairs } from './reworded.ts';
import { TextStore } from './text-store.ts';

/** Questions at least this similar ask the same: single typos, added greetings and swapped words stay above, other questions far below. */
export const sameQuestion = 0.5;
/** Answers at least this similar say the same in nearly the same words. */
export const sameAnswer = 0.6;
/** Bytes of questions, and of answers, that are held in memory. */
const memoryForTexts = 192 << 20;

export interface NearRows {
  /** Numbers given by `add`, a < b. */
  a: number;
  b: number;
  /** Similarity of what is asked, 0 to 1; 0 for rows without a question. */
  question: number;
  answer: number;
  /** What is the same in other words: question and answer, or the question alone. */
  reworded: 'both' | 'question' | null;
}

/** The pairs that were found, and the texts they were found in. */
export interface SimilarRows {
  /** Rows that were compared. */
  readonly size: number;
  /** By b, then a. */
  pairs(): Iterable<NearRows>;
  /** What row `i` asks, normalized, without the paragraphs that many rows share. */
  question(i: number): string;
  /** What row `i` answers, normalized. */
  answer(i: number): string;
  close(): void;
}

export class RowSimilarity {
  readonly #questions = new TextStore(memoryForTexts);
  readonly #answers = new TextStore(memoryForTexts);
  readonly #boilerplate = new BoilerplateCounter();

  /** Rows taken so far. */
  get size(): number {
    return this.#answers.size;
  }

  /** Adds a row; false when there are too many. */
  add(row: Row): boolean {
    if (this.size === mostTexts) return false;
    const paragraphs = questionOf(row)
      .split(/\n\s*\n/)
      .map(normalizeText);
    this.#boilerplate.add(paragraphs);
    this.#questions.add(paragraphs.join('\n'));
    const answers = answersOf(row);
    this.#answers.add(normalizeText(answers.map(({ text }) => text).join('\n')));
    return true;
  }

  /**
   * All pairs with the same question or the same answer. Nothing can be added any more.
   * @param meanings of the first rows, where a model was asked
   */
  finish(meanings?: Meanings): SimilarRows {
    const questions = new TextStore(memoryForTexts);
    for (let i = 0; i < this.size; i++) questions.add(this.#boilerplate.own(this.#questions.text(i).split('\n')).join(' '));
    this.#questions.close();
    const answers = this.#answers;
    const [byQuestion, byAnswer] = [new NearIndex(questions), new NearIndex(answers)];
    const size = this.size;
    const all = Array.from({ length: size > mostReworded ? 0 : size }, (_, i) => i);
    const pairs = rewordedPairs(
      all.map((i) => questions.text(i)),
      all.map((i) => answers.text(i)),
    );
    const meant = meanings === undefined ? { same: [], asked: [] } : sameMeaning(meanings);
    const keyed = (list: readonly (readonly [number, number])[]) => list.map(([a, b]) => b * size + a);
    const reworded = new Map<number, 'both' | 'question'>(keyed(meant.asked).map((key) => [key, 'question']));
    for (const key of keyed([...pairs, ...meant.same])) reworded.set(key, 'both');
    const keys = sortedKeys([byQuestion.pairs(sameQuestion), byAnswer.pairs(sameAnswer)], new Set(reworded.keys()), size);
    const similarities = new NumberList((n) => new Float32Array(n));
    const pairAt = (at: number): NearRows => {
      const [a, b] = [keys[at]! % size, Math.floor(keys[at]! / size)];
      return { a, b, question: similarities.at(2 * at), answer: similarities.at(2 * at + 1), reworded: reworded.get(keys[at]!) ?? null };
    };
    for (let at = 0; at < keys.length; at++) {
      const { a, b } = pairAt(at);
      similarities.push(byQuestion.similarity(a, b));
      similarities.push(byAnswer.similarity(a, b));
    }
    return {
      size,
      *pairs() {
        for (let at = 0; at < keys.length; at++) yield pairAt(at);
      },
      question: (i) => questions.text(i),
      answer: (i) => answers.text(i),
      close() {
        questions.close();
        answers.close();
      },
    };
  }
}

/** Each pair of the lists and of `more` once, as b * size + a, in order. */
function sortedKeys(lists: readonly PairList[], more: ReadonlySet<number>, size: number): Float64Array {
  const keys = new Float64Array(lists.reduce((n, { a }) => n + a.length, more.size));
  let at = 0;
  for (const { a, b } of lists) for (let i = 0; i < a.length; i++) keys[at++] = b.at(i) * size + a.at(i);
  for (const key of more) keys[at++] = key;
  keys.sort();
  let distinct = 0;
  for (let i = 0; i < at; i++) if (i === 0 || keys[i] !== keys[i - 1]) keys[distinct++] = keys[i]!;
  return keys.subarray(0, distinct);
}
