/** Answers that go round in circles: the same sentence or the same words again and again. */
import { normalizeText, wordsOf } from '../similarity/normalize.ts';
import type { Detector } from './detector.ts';
import { type Match, patternDetector, withoutCode } from './pattern.ts';

/** A sentence of this many words may stand in an answer twice, not three times; a longer one only once. */
const shortSentence = 4;
const longSentence = 8;
const longestPhrase = 10;

export function repetition(): Detector {
  return patternDetector({ code: 'repetition', where: 'answers', find: repeated });
}

function repeated(text: string): Match | undefined {
  return (wordsRecur(text) ? inARow(text) : undefined) ?? sameSentence(text);
}

/** Words or phrases that follow themselves. */
function inARow(text: string): Match | undefined {
  const loop = /\b([\p{L}\p{N}'’]+)(?:[\s,.!]+\1\b){2,}/iu.exec(text);
  if (loop !== null && /\p{L}{2}/u.test(loop[1]!) && !/^(?:very|no|ha|bye|so|really|many)$/i.test(loop[1]!))
    return { value: loop[0], message: `says "${loop[1]}" again and again` };
  const twice = /\b(\p{L}{2,} \p{L}+(?: \p{L}+){2,8})[\s,.]+\1\b/iu.exec(text);
  if (twice !== null) return { value: twice[0], message: 'says the same words twice in a row' };
  return undefined;
}

/** Whether the text could hold a word three times or a phrase of three to ten words twice in a row: cheaper than to look for it. */
function wordsRecur(text: string): boolean {
  const words = wordsOf(text);
  for (let i = 1; i < words.length; i++) {
    for (let length = 1; length <= longestPhrase && length <= i; length++) {
      if (words[i] !== words[i - length]) continue;
      let run = 1;
      while (run < Math.max(2, length) && words[i - run] === words[i - run - length]) run++;
      if (run >= Math.max(2, length)) return true;
    }
  }
  return false;
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
