/** Answers far shorter or longer than the others, and answers that say nothing. */
import { type Finding, finding } from '../findings.ts';
import { NumberList } from '../number-list.ts';
import { wordsOf } from '../similarity/normalize.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Answers that say nothing whatever the question was. */
const nothing =
  /^(?:n\/?a|none|null|nil|nan|undefined|unknown|tbd|todo|idk|ok(?:ay)?|yes|no|yep|nope|sure|done|thanks?|thank you|test|hi|hello|error|[\W_]*|i (?:do not|don['’]?t) know|not sure|no (?:answer|response|comment|idea)|see above|same as above|as above)[.!]?$/i;
/** Answers of a few words that only put off. */
const puttingOff =
  /^(?:(?:we|I)(?:['’]ll| will) (?:get back to you|look into (?:it|this)|let you know|check(?: (?:it|this))?)(?: (?:soon|shortly|later|on (?:it|this)))?|(?:please )?(?:see|check|visit|refer to|contact|call|ask) (?:the |our |your |a |us|support)*(?: ?\w+)?(?: for (?:details|help|more))?|it depends(?: on [\w ]{1,30})?|(?:that|this) (?:depends|varies)|coming soon|to follow)[.!]?$/i;
/** Data whose typical answer has so many words is written in sentences: two words are then no answer. */
const sentenceData = 12;
const trivialWords = 3;
/** Where more answers than this share are so short, they are meant. */
const shortHabit = 0.05;
/** Answers need this distance from the typical length, both as a factor and in robust deviations of the logarithm. */
const factor = 3.5;
const deviations = 4.5;
const enoughAnswers = 30;
/** Short answers that are kept; data with more has the habit. */
const mostShort = 100_000;

export function lengthOutlier(): Detector {
  /** Of each answer. */
  const words = new NumberList((n) => new Uint32Array(n));
  const lines = new NumberList((n) => new Uint32Array(n));
  const fieldOf = new NumberList((n) => new Uint16Array(n));
  const fields = new Map<string, number>();
  /** The texts of short answers. */
  const short = new Map<number, string>();
  let file = '';
  return {
    see(row) {
      file = row.file;
      for (const { field, text } of answersOf(row)) {
        if (row.kind === 'chat' && text.trim() === '') continue;
        const n = wordsOf(text).length;
        if ((n <= trivialWords || puttingOff.test(text.trim())) && short.size < mostShort) short.set(words.length, text.trim());
        words.push(n);
        lines.push(row.line);
        fieldOf.push(fields.get(field) ?? fields.set(field, fields.size).size - 1);
      }
    },
    *finish() {
      const names = [...fields.keys()];
      const logs = Float64Array.from(words.view(), (n) => Math.log(n + 1)).sort();
      const typical = middle(logs);
      const spread = Math.max(0.15, 1.4826 * middle(logs.map((x) => Math.abs(x - typical)).sort()));
      const typicalWords = Math.round(Math.exp(typical) - 1);
      const rarelyShort = typicalWords >= sentenceData && short.size <= Math.max(3, words.length * shortHabit);
      const labels = labelsAmong(short.values(), words.length);
      for (const [i, n] of words.view().entries()) {
        const place = { file, line: lines.at(i), field: names[fieldOf.at(i)]! };
        const text = short.get(i);
        if (text !== undefined && (rarelyShort || ((nothing.test(text) || puttingOff.test(text)) && !labels.has(text.toLowerCase())))) {
          yield trivial(place, text);
        } else if (words.length >= enoughAnswers) {
          const distance = Math.log(n + 1) - typical;
          const far = Math.abs(distance) > Math.log(factor) && Math.abs(distance) / spread > deviations;
          if (far) yield finding('length-outlier', { ...place, message: `has ${n} words; the typical answer has ${typicalWords}` });
        }
      }
    },
  };
}

function trivial(place: { file: string; line: number; field: string }, text: string): Finding {
  return finding('trivial-answer', { ...place, value: text, message: 'says next to nothing' });
}

/** "Yes" is a label when many rows answer so. */
function labelsAmong(texts: Iterable<string>, answers: number): Set<string> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text.toLowerCase(), (counts.get(text.toLowerCase()) ?? 0) + 1);
  return new Set([...counts].flatMap(([label, n]) => (n >= 3 && n > answers * 0.05 ? [label] : [])));
}

function middle(sorted: Float64Array): number {
  return sorted.length === 0 ? 0 : (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
