/** Knows the commonest words of the data's own language, so that sentences full of them need no language identifier. */
import { wordsOf } from '../similarity/normalize.ts';

/** Answers in the main language from which its common words are learned. */
const learnedFrom = 1000;
const commonWords = 400;
/** A sentence is familiar when this share of its words is common; related languages share far fewer. */
const familiarShare = 0.4;
/** The language is settled when this share of the first answers is in it. */
const settledShare = 0.9;

export class FamiliarLanguage {
  readonly #frequency = new Map<string, number>();
  readonly #languages = new Map<string, number>();
  #common: ReadonlySet<string> | undefined;
  #seen = 0;

  /** Takes note of an answer and its language, while there is something to learn. */
  learn(text: string, language: string): void {
    if (this.#seen === learnedFrom) return;
    this.#seen++;
    this.#languages.set(language, (this.#languages.get(language) ?? 0) + 1);
    for (const word of new Set(wordsOf(text))) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
    if (this.#seen < learnedFrom) return;
    if (Math.max(...this.#languages.values()) >= learnedFrom * settledShare)
      this.#common = new Set(
        [...this.#frequency]
          .sort(([, a], [, b]) => b - a)
          .map(([word]) => word)
          .slice(0, commonWords),
      );
    this.#frequency.clear();
  }

  /** The language that the data is in, once it is settled. */
  get language(): string | undefined {
    return this.#common === undefined ? undefined : [...this.#languages].sort(([, a], [, b]) => b - a)[0]![0];
  }

  /** Whether every part of an answer is plainly in that language. */
  knows(sentences: readonly string[]): boolean {
    const common = this.#common;
    return common !== undefined && sentences.every((sentence) => isFamiliar(wordsOf(sentence), common));
  }
}

function isFamiliar(words: readonly string[], common: ReadonlySet<string>): boolean {
  let known = 0;
  for (const word of words) if (common.has(word)) known++;
  return known >= words.length * familiarShare;
}
