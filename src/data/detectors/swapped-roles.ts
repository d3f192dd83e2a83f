/** Rows whose question reads like an answer and whose answer reads like a question: the two were swapped, or the agent speaks as the customer. */
import { finding } from '../findings.ts';
import { NumberList } from '../number-list.ts';
import { normalizeText } from '../similarity/normalize.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Naive Bayes over the first words of each text; words are counted by hash. */
const counters = 1 << 16;
const wordsRead = 60;
const mostRows = 200_000;
const enoughRows = 50;
const fewestWords = 4;
/** Mean log-odds for each word that make a text plainly one of the other side. */
const plainly = 0.35;
/** One sentence that asks; an agent's question is one to "you". */
const onlyQuestion = /^[^.!?\n]+\?\s*$/;

export function swappedRoles(): Detector {
  const asked = new Float64Array(counters);
  const answered = new Float64Array(counters);
  /** Words of all rows end to end; the question's and the answer's of row i begin at starts[2 * i] and starts[2 * i + 1]. */
  const words = new NumberList((n) => new Uint16Array(n));
  const starts = new NumberList((n) => new Uint32Array(n));
  const lines = new NumberList((n) => new Uint32Array(n));
  const fields: string[] = [];
  const asksForItself: boolean[] = [];
  let file = '';
  const keep = (text: string, counts: Float64Array) => {
    starts.push(words.length);
    for (const word of features(text)) {
      counts[word]!++;
      words.push(word);
    }
  };
  return {
    see(row) {
      if (row.kind !== 'chat' || lines.length >= mostRows) return;
      file = row.file;
      const last = row.turns.findLast((turn) => turn.role === 'user')?.content;
      const answer = answersOf(row).at(-1);
      if (last === undefined || answer === undefined || answer.text.trim() === '') return;
      // The question proper comes last: instructions before it are the same in many rows.
      keep(last.slice(last.lastIndexOf('\n\n') + 1), asked);
      keep(answer.text, answered);
      lines.push(row.line);
      fields.push(answer.field);
      asksForItself.push(onlyQuestion.test(answer.text) && /\b(?:I|me|my|we|our)\b/.test(answer.text) && !/\byou/i.test(answer.text));
    },
    *finish() {
      if (lines.length < enoughRows) return;
      const totals = { asked: sum(asked), answered: sum(answered) };
      const odds = (from: number, to: number, own: Float64Array): number => {
        let total = 0;
        for (let at = from; at < to; at++) {
          const q = asked[words.at(at)]! - (own === asked ? 1 : 0);
          const a = answered[words.at(at)]! - (own === answered ? 1 : 0);
          total += Math.log((a + 0.5) / totals.answered) - Math.log((q + 0.5) / totals.asked);
        }
        return total / (to - from);
      };
      starts.push(words.length);
      for (const [i, line] of lines.view().entries()) {
        const [question, answer, end] = [starts.at(2 * i), starts.at(2 * i + 1), starts.at(2 * i + 2)];
        if (answer - question < fewestWords || end - answer < fewestWords) continue;
        const [ofQuestion, ofAnswer] = [odds(question, answer, asked), odds(answer, end, answered)];
        const place = { file, line, field: fields[i]! };
        if (ofAnswer < -plainly && ofQuestion > plainly)
          yield finding('swapped-roles', { ...place, message: 'the answer reads like a question and the question like an answer' });
        else if (ofAnswer < -2 * plainly || asksForItself[i])
          yield finding('swapped-roles', { ...place, message: 'the answer reads like a question of the user' });
      }
    },
  };
}

function features(text: string): Set<number> {
  const words = normalizeText(text).split(' ').slice(0, wordsRead);
  const marks = text.trimEnd().endsWith('?') ? ['?'] : [];
  return new Set([...words, ...marks].map(hash));
}

function hash(word: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193);
  return (h ^ (h >>> 16)) & (counters - 1);
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
