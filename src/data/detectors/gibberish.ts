/** Words that no one can pronounce: keys mashed, base64, damaged text. */
import { withoutCode } from '../code-spans.ts';
import type { Detector } from './detector.ts';
import { type Match, patternDetector } from './pattern.ts';

/** Latin words with no vowel at all, or with so many consonants in a row that two such words in one text are no accident. */
const unpronounceable = /^(?:[^aeiouyáéíóúàèìòùäöüâêîôûåæøœ]{5,}|.*[bcdfghjklmnpqrstvwxz]{6,}.*)$/i;
const known =
  /^(?:[A-Z]{2,8}|https?|html|xml|mp[34]|www.*|.*schtsch.*|.*ngstschl.*|.*ghtsch.*|rhythms?|hmm+|pfft|psst|shh+|brr+|zzz+|ltd|mbps|gbps|kwh)$/;
/** Letters without a blank that are no word of any language written with blanks. */
const longest = 45;

export function gibberish(): Detector {
  return patternDetector({ code: 'gibberish', where: 'answers', find: mashed });
}

function mashed(text: string): Match | undefined {
  const words =
    withoutCode(text)
      .replaceAll(/\S*[/@\\=_]\S*/g, ' ')
      .match(/\p{Script=Latin}+/gu) ?? [];
  const odd = words.filter((word) => (unpronounceable.test(word) && !known.test(word)) || word.length > longest);
  const enough = odd.length >= 2 || (odd.length === 1 && /[bcdfghjklmnpqrstvwxz]{7,}/i.test(odd[0]!));
  return enough && odd.join('').length > words.join('').length * 0.02
    ? { value: odd.slice(0, 3).join(' '), message: 'has words that are no words' }
    : undefined;
}
