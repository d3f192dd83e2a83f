/** Rows whose question reads like an answer and whose answer reads like a question: the two were swapped, or the agent speaks as the customer. */
import { finding } from '../findings.ts';
import { normalizeText } from '../similarity/normalize.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Naive Bayes over the first words of each text; words are counted by hash. */
const counters = 1 << 16;
const wordsRead = 60;
const mostRows = 200_000;
const enoughRows = 50;
/** Mean log-odds for each word that make a text plainly one of the other side. */
const plainly = 0.35;

interface Kept {
  line: number;
  field: string;
  question: Uint16Array;
  answer: Uint16Array;
}

export function swappedRoles(): Detector {
  const asked = new Float64Array(counters);
  const answered = new Float64Array(counters);
  const kept: Kept[] = [];
  let file = '';
  return {
    see(row) {
      if (row.kind !== 'chat' || kept.length >= mostRows) return;
      file = row.file;
      const last = row.turns.findLast((turn) => turn.role === 'user')?.content;
      const answer = answersOf(row).at(-1);
      if (last === undefined || answer === undefined || answer.text.trim() === '') return;
      // The question proper comes last: instructions before it are the same in many rows.
      const question = features(last.slice(last.lastIndexOf('\n\n') + 1));
      const one = { line: row.line, field: answer.field, question, answer: features(answer.text) };
      for (const word of one.question) asked[word]!++;
      for (const word of one.answer) answered[word]!++;
      kept.push(one);
    },
    *finish() {
      if (kept.length < enoughRows) return;
      const totals = { asked: sum(asked), answered: sum(answered) };
      const odds = (words: Uint16Array, own: Float64Array): number => {
        let total = 0;
        for (const word of words) {
          const q = asked[word]! - (own === asked ? 1 : 0);
          const a = answered[word]! - (own === answered ? 1 : 0);
          total += Math.log((a + 0.5) / totals.answered) - Math.log((q + 0.5) / totals.asked);
        }
        return words.length === 0 ? 0 : total / words.length;
      };
      for (const { line, field, question, answer } of kept) {
        const [ofQuestion, ofAnswer] = [odds(question, asked), odds(answer, answered)];
        if (question.length < 4 || answer.length < 4) continue;
        if (ofAnswer < -plainly && ofQuestion > plainly)
          yield finding('swapped-roles', {
            file,
            line,
            field,
            message: 'the answer reads like a question and the question like an answer',
          });
        else if (ofAnswer < -2 * plainly)
          yield finding('swapped-roles', { file, line, field, message: 'the answer reads like a question of the user' });
      }
    },
  };
}

function features(text: string): Uint16Array {
  const words = normalizeText(text).split(' ').slice(0, wordsRead);
  const marks = text.trimEnd().endsWith('?') ? ['?'] : [];
  return Uint16Array.from(new Set([...words, ...marks].map(hash)));
}

function hash(word: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193);
  return (h ^ (h >>> 16)) & (counters - 1);
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
