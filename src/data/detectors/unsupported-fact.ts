/** Numbers, prices, models and links in answers that the facts file does not support: invented policy. */
import { follows, insideRange, roughSpan, sameSpan } from '../derived-values.ts';
import { type Claim, claimsOf, type Facts, numbersOf } from '../facts.ts';
import { finding } from '../findings.ts';
import { wordsOf } from '../similarity/normalize.ts';
import { answersOf, questionOf } from '../texts.ts';
import type { Detector } from './detector.ts';

const currencies = new Set(['$', '€', '£', '¥', 'CHF']);
/** Short waits are advice rather than policy. */
const adviceMinutes = 30;
/** How much better a statement with another value must fit than every statement with this one. */
const clearlyBetter = 3;
const goodFit = 9;
/** The question says what the sentence is about, but less surely. */
const askedWeight = 0.5;

export function unsupportedFact(facts: Facts): Detector {
  const betterValue = bestStatement(facts);
  return {
    *row(row) {
      const { file, line } = row;
      const question = questionOf(row);
      for (const { field, text } of answersOf(row)) {
        const claims = claimsOf(text);
        const supported = support(claims, question, text, facts);
        for (const claim of claims) {
          const place = { file, line, field, value: claim.text };
          if (!supported.has(claim)) {
            yield finding('unsupported-fact', { ...place, message: `says "${claim.text}", which the facts do not have` });
            break;
          }
          const better = betterValue(claim, sentenceAt(text, claim.at), question);
          if (better === undefined) continue;
          yield finding('unsupported-fact', { ...place, message: `says "${claim.text}" where the facts say "${better}"` });
          break;
        }
      }
    },
  };
}

/** The claims that the facts or the question have, or that follow from such by simple arithmetic. */
function support(claims: readonly Claim[], question: string, answer: string, facts: Facts): Set<Claim> {
  const asked = numbersOf(question);
  const lower = question.toLowerCase();
  const supported = new Set<Claim>();
  const known = new Map<string, Set<number>>();
  const keep = (claim: Claim) => {
    supported.add(claim);
    if (claim.value !== null) known.set(claim.unit, (known.get(claim.unit) ?? new Set(asked)).add(claim.value));
  };
  for (const claim of claims) {
    const named = claim.kind !== 'quantity' && (facts.text.includes(claim.key) || lower.includes(claim.key));
    // People say days for business days, not the other way round.
    const other = `${claim.value} business ${claim.unit}`;
    const stated = facts.claims.has(claim.key) || facts.claims.has(other) || named;
    const derived = sameSpan(claim, facts, asked) || insideRange(claim, facts);
    if (stated || derived || (claim.value !== null && asked.has(claim.value)) || isAdvice(claim, answer)) keep(claim);
  }
  const shares = known.get('%') ?? new Set<number>();
  for (let round = 0; round < 2; round++) {
    for (const claim of claims) {
      if (supported.has(claim) || claim.value === null) continue;
      const same = known.get(claim.unit) ?? asked;
      if (follows(claim, { same, asked, shares }) || roughSpan(claim, answer, known.get('day') ?? asked)) keep(claim);
    }
  }
  return supported;
}

function isAdvice({ unit, value, at }: Claim, answer: string): boolean {
  if ((unit === 'minute' || unit === 'second') && value! <= adviceMinutes) return true;
  return currencies.has(unit) && /\b(?:example|say|suppose|imagine|about|under|around|if)\b/i.test(sentenceAt(answer, at));
}

/** For a claim in its sentence: the value of a statement of the facts that fits the sentence far better than any with the claim's own value. */
function bestStatement(facts: Facts): (claim: Claim, sentence: string, question: string) => string | undefined {
  const statements = facts.statements.map((text) => ({ text, words: stems(text), claims: claimsOf(text) }));
  const frequency = new Map<string, number>();
  for (const { words } of statements) for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const weight = (word: string) => (frequency.has(word) ? Math.log((statements.length + 1) / frequency.get(word)!) : 0);
  const overlap = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
    [...a].reduce((sum, word) => sum + (b.has(word) ? weight(word) : 0), 0);
  return (claim, sentence, question) => {
    // Prices stand in lists, where the words around them say little.
    if (claim.kind !== 'quantity' || currencies.has(claim.unit) || numbersOf(question).has(claim.value!)) return undefined;
    const words = stems(sentence);
    const asked = stems(question);
    let own = 0;
    let best: { score: number; values: Claim[] } = { score: 0, values: [] };
    for (const statement of statements) {
      const sameUnit = statement.claims.filter((other) => other.unit === claim.unit);
      if (sameUnit.length === 0) continue;
      const score = overlap(words, statement.words) + askedWeight * overlap(asked, statement.words);
      if (sameUnit.some((other) => other.key === claim.key)) own = Math.max(own, score);
      else if (score > best.score) best = { score, values: sameUnit };
    }
    if (best.score < goodFit || best.score <= own * clearlyBetter || own === 0) return undefined;
    // A sentence that has both values speaks of both.
    const said = new Set(claimsOf(sentence).map(({ key }) => key));
    return best.values.some(({ key }) => said.has(key)) ? undefined : best.values.map(({ text }) => text).join(', ');
  };
}

/** Words cut to their first five letters, which joins the forms of a word; numbers left out. */
function stems(text: string): Set<string> {
  return new Set(
    wordsOf(text)
      .filter((word) => word.length > 2 && !/^\d+$/.test(word))
      .map((word) => word.slice(0, 5)),
  );
}

function sentenceAt(text: string, at: number): string {
  const start = Math.max(text.lastIndexOf('\n', at), ...['. ', '! ', '? '].map((end) => text.lastIndexOf(end, at - 1) + 1), 0);
  const rest = text.slice(at).search(/[.!?](?:\s|$)|\n/);
  return text.slice(start, rest < 0 ? undefined : at + rest);
}
