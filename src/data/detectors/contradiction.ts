/** Whether two questions ask the same thing, and whether two similar answers say opposite things. */
import { wordsOf } from '../similarity/normalize.ts';

/** Alike enough that one replaced word does not make another question. */
const surelySame = 0.8;
/** This many content words in common outweigh half as many replaced ones. */
const sharedContent = 4;

const negations = new Set(
  'no not never none nothing neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt havent hasnt hadnt unable unavailable impossible'.split(
    ' ',
  ),
);

/** Words of which one side says the opposite of the other. */
const opposites: readonly (readonly [string, string])[] = [
  ['yes', 'no'],
  ['always', 'never'],
  ['all', 'none'],
  ['free', 'paid'],
  ['free', 'charge'],
  ['before', 'after'],
  ['include', 'exclude'],
  ['included', 'excluded'],
  ['covered', 'excluded'],
  ['true', 'false'],
  ['allowed', 'forbidden'],
  ['possible', 'impossible'],
  ['required', 'optional'],
  ['refundable', 'nonrefundable'],
  ['on', 'off'],
  ['open', 'closed'],
  ['safe', 'unsafe'],
  ['safe', 'dangerous'],
  ['can', 'cannot'],
  ['increase', 'decrease'],
];

/** Words that change nothing about what is asked. */
const fillers = new Set(
  'a an the i my me we our you your u ur it its is are am was were be do does did to of in on at for with and or so if then hi hey hello please pls plz thanks thank just can could would will want need know tell let ok also really very there here this that how what whats'.split(
    ' ',
  ),
);

/**
 * Two similar questions ask the same unless they name different things: other numbers or models, or other content words where
 * little else is shared.
 */
export function asksSame(a: string, b: string, similarity: number): boolean {
  const [wordsA, wordsB] = [wordsOf(a), wordsOf(b)];
  const { onlyA, onlyB } = differingWords(wordsA, wordsB);
  if (onlyA.some(hasDigit) || onlyB.some(hasDigit)) return false;
  if (onlyA.some((word) => negations.has(word)) !== onlyB.some((word) => negations.has(word)) && similarity < surelySame) return false;
  const [replaced, by] = [contentWords(onlyA), contentWords(onlyB)];
  if (replaced.length === 0 || by.length === 0 || similarity >= surelySame) return true;
  const shared = contentWords(wordsA).length - replaced.length;
  if (shared >= sharedContent && Math.max(replaced.length, by.length) * 2 <= shared) return true;
  return replaced.every((word) => by.some((other) => isTypoOf(word, other)));
}

/** Whether two texts differ in numbers or in words that hold one (models). */
export function differInNumbers(a: string, b: string): boolean {
  const { onlyA, onlyB } = differingWords(wordsOf(a), wordsOf(b));
  return onlyA.some(hasDigit) || onlyB.some(hasDigit);
}

/** Similar answers conflict when they give different numbers, or one denies what the other says. */
export function answersConflict(a: string, b: string): boolean {
  const { onlyA, onlyB } = differingWords(wordsOf(a), wordsOf(b));
  if (onlyA.some(hasDigit) && onlyB.some(hasDigit)) return true;
  if (onlyA.some((word) => negations.has(word)) !== onlyB.some((word) => negations.has(word))) return true;
  return opposites.some(([x, y]) => (onlyA.includes(x) && onlyB.includes(y)) || (onlyA.includes(y) && onlyB.includes(x)));
}

/** The words that say what a question is about. */
export function contentWords(words: Iterable<string>): string[] {
  return [...new Set(words)].filter((word) => !fillers.has(word) && word.length > 2);
}

export function differingWords(a: Iterable<string>, b: Iterable<string>): { onlyA: string[]; onlyB: string[] } {
  const [inA, inB] = [new Set(a), new Set(b)];
  return { onlyA: [...inA].filter((word) => !inB.has(word)), onlyB: [...inB].filter((word) => !inA.has(word)) };
}

const hasDigit = (word: string) => /\p{N}/u.test(word);

/** One letter wrong, missing, added or swapped. */
export function isTypoOf(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 4) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (x.length <= 1 && y.length <= 1) || (x.length === 2 && x === [...y].reverse().join(''));
}
