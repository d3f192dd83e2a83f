/** Answers that go round in circles: the same sentence or the same words again and again. */
import { withoutCode } from '../code-spans.ts';
import { normalizeText, wordsOf } from '../similarity/normalize.ts';
import type { Detector } from './detector.ts';
import { type Match, patternDetector } from './pattern.ts';

/** A sentence of this many words may stand in an answer twice, not three times; a longer one only once. */
const shortSentence = 4;
const longSentence = 8;
const longestPhrase = 10;

export function repetition(): Detector {
  return patternDetector({ code: 'repetition', where: 'answers', find: repeated });
}

function repeated(text: string): Match | undefined {
  return inARow(text) ?? sameSentence(text);
}

/** A word or phrase that follows itself: a word or two or three of them three times, a longer phrase twice. */
function inARow(text: string): Match | undefined {
  const words = wordsOf(text);
  for (let i = 1; i < words.length; i++) {
    for (let length = 1; length <= longestPhrase && length <= i; length++) {
      if (words[i] !== words[i - length]) continue;
      const needed = length * (length > 3 ? 1 : 2);
      let run = 1;
      while (run < needed && words[i - run] === words[i - run - length]) run++;
      const phrase = words.slice(i - length + 1, i + 1);
      if (run < needed || (length === 1 && !isLoop(text, phrase[0]!)) || !phrase.some((word) => /\p{L}{2}/u.test(word))) continue;
      return {
        value: phrase.join(' '),
        message: length > 3 ? 'says the same words twice in a row' : `says "${phrase.join(' ')}" again and again`,
      };
    }
  }
  return undefined;
}

/** Whether a word stands three times with nothing but blanks and commas between: no table, no list, and no "very, very, very". */
function isLoop(text: string, word: string): boolean {
  if (/^(?:very|ha|bye|so|really|many)$/.test(word)) return false;
  const found = /(?<![\p{L}\p{N}])([\p{L}\p{N}'’]+)(?:[\s,.!]+\1(?![\p{L}\p{N}])){2,}/iu.exec(text)?.[0];
  return found !== undefined && (word !== 'no' || found.split(/\s+/).length > 3);
}

function sameSentence(text: string): Match | undefined {
  const counts = new Map<string, number>();
  for (const sentence of withoutCode(text).split(/(?<=[.!?])\s+|\n+/)) {
    const key = normalizeText(sentence.replace(/^\s*(?:\d+[.)]|[-*•])\s*/, ''));
    const words = key.split(' ').length;
    if (words < shortSentence) continue;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count >= (words >= longSentence ? 2 : 3))
      return { value: sentence, message: `has the same sentence ${count === 2 ? 'twice' : 'again and again'}` };
  }
  return undefined;
}
