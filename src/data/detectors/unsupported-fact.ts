/** Numbers, prices, models and links in answers that the facts file does not support: invented policy. */
import { type Claim, claimsOf, numbersOf } from '../claims.ts';
import { follows, insideRange, roughSpan, sameSpan } from '../derived-values.ts';
import type { Facts } from '../facts.ts';
import { finding } from '../findings.ts';
import { answersOf, questionOf } from '../texts.ts';
import type { Detector } from './detector.ts';

const currencies = new Set(['$', '€', '£', '¥', 'CHF']);
/** Short waits are advice rather than policy. */
const adviceMinutes = 30;
/** A fact with another value must fit so well ... */
const goodFit = 7;
/** ... and so much better than every fact with this value; prices stand in lists, where the words around them say little. */
const clearlyBetter = 1.8;
const clearlyBetterPrice = 3;
/** Where a value may be advice, or only follows from others by arithmetic, a fact that fits so well speaks against it. */
const perfectFit = 20;

export function unsupportedFact(facts: Facts): Detector {
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
          const better = betterValue(claim, claims, { question, answer: text, sentence: sentenceAt(text, claim.at) }, facts);
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
    const stated = isStated(claim, facts) || named;
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

/** What the facts say where they fit the place of the claim far better with another value than with its own. */
function betterValue(
  claim: Claim,
  said: readonly Claim[],
  place: { question: string; answer: string; sentence: string },
  facts: Facts,
): string | undefined {
  if (claim.kind !== 'quantity' || isAsked(claim.value!, numbersOf(place.question))) return undefined;
  const { own, other, values } = facts.contexts.match(claim, place);
  const ratio = currencies.has(claim.unit) ? clearlyBetterPrice : clearlyBetter;
  const [stated, advice] = [isStated(claim, facts), isAdvice(claim, place.answer)];
  if (advice && !stated) return undefined;
  const fit = stated && !advice ? goodFit : perfectFit;
  if (other < fit || other <= own * ratio) return undefined;
  // An answer that has both values speaks of both.
  const keys = new Set(said.map(({ key }) => key));
  return values.some(({ key }) => keys.has(key)) ? undefined : values.map(({ text }) => text).join(', ');
}

/** A number of the question, or the difference of two. */
function isAsked(value: number, asked: ReadonlySet<number>): boolean {
  return asked.has(value) || [...asked].some((number) => asked.has(number + value));
}

/** People say days for business days, not the other way round. */
function isStated({ key, value, unit }: Claim, { claims }: Facts): boolean {
  return claims.has(key) || claims.has(`${value} business ${unit}`);
}

function sentenceAt(text: string, at: number): string {
  const start = Math.max(text.lastIndexOf('\n', at), ...['. ', '! ', '? '].map((end) => text.lastIndexOf(end, at - 1) + 1), 0);
  const rest = text.slice(at).search(/[.!?](?:\s|$)|\n/);
  return text.slice(start, rest < 0 ? undefined : at + rest);
}
