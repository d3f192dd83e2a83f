/** Pairs of rows that ask nearly the same, or answer nearly the same: for duplicates, contradictions and leakage between parts. */

import type { Row } from '../row.ts';
import { answersOf, questionOf } from '../texts.ts';
import { withoutBoilerplate } from './boilerplate.ts';
import { NearIndex } from './near-index.ts';

/** Questions at least this similar ask the same: single typos, added greetings and swapped words stay above, other questions far below. */
export const sameQuestion = 0.5;
/** Answers at least this similar say the same in nearly the same words. */
export const sameAnswer = 0.6;
/** Bytes of shingles held; rows beyond are not compared. */
const memoryLimit = 800 * 1024 * 1024;

export interface NearRows {
  /** Numbers given by `add`, a < b. */
  a: number;
  b: number;
  /** Similarity of what is asked, 0 to 1; 0 for rows without a question. */
  question: number;
  answer: number;
}

export class RowSimilarity {
  readonly #questions: string[] = [];
  readonly #answers = new NearIndex();
  #bytes = 0;

  /** Rows taken so far. */
  get size(): number {
    return this.#questions.length;
  }

  /** Adds a row; false when the memory for it is used up. */
  add(row: Row): boolean {
    if (this.#bytes + this.#answers.bytes > memoryLimit) return false;
    const question = questionOf(row);
    this.#questions.push(question);
    this.#bytes += question.length * 6;
    this.#answers.add(
      answersOf(row)
        .map(({ text }) => text)
        .join('\n'),
    );
    return true;
  }

  /** What row `i` asks, without the paragraphs that many rows share. */
  ownQuestions(): string[] {
    return withoutBoilerplate(this.#questions);
  }

  /** All pairs with the same question or the same answer, by b, then a. */
  pairs(): NearRows[] {
    const questions = new NearIndex();
    for (const question of this.ownQuestions()) questions.add(question);
    const found = new Map<string, NearRows>();
    const pairs = [...questions.pairs(sameQuestion), ...this.#answers.pairs(sameAnswer)];
    if (pairs.length === 0) return [];
    const byQuestion = questions.similarityOf();
    const byAnswer = this.#answers.similarityOf();
    for (const { a, b } of pairs) {
      const key = `${a} ${b}`;
      if (!found.has(key)) found.set(key, { a, b, question: byQuestion(a, b), answer: byAnswer(a, b) });
    }
    return [...found.values()].sort((x, y) => x.b - y.b || x.a - y.a);
  }
}
