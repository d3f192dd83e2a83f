/** Values that an answer may state because they follow from the facts, or from what was asked, by arithmetic that a person does in the head. */
import type { Claim } from './claims.ts';
import type { Facts } from './facts.ts';

/** Amounts are compared to the cent. */
const cent = 0.006;
const hedge = /\b(?:about|around|nearly|almost|roughly)\s+$/i;
const daysIn: Readonly<Record<string, number>> = { week: 7, month: 30 };

export interface KnownValues {
  /** Values of the claim's unit that are stated or asked. */
  same: ReadonlySet<number>;
  /** Numbers of the question. */
  asked: ReadonlySet<number>;
  /** Percentages that are stated. */
  shares: ReadonlySet<number>;
}

/**
 * A sum or difference of two values of the unit (of three for amounts of money: a price less a fee less a share), a multiple by a number
 * that was asked (or two, three), or a share of one.
 */
export function follows({ value, unit }: Claim, { same, asked, shares }: KnownValues): boolean {
  const near = (x: number) => Math.abs(x - value!) < cent;
  const thirds = unit === '$' ? [0, ...same] : [0];
  for (const a of same) {
    for (const b of same) if (thirds.some((c) => near(a + b - c) || near(a - b - c))) return true;
    for (const b of [2, 3, ...asked]) if (near(a * b) || near(a / b)) return true;
    for (const b of shares) if (near((a * b) / 100) || near(a - (a * b) / 100)) return true;
  }
  return false;
}

/** Weeks, months and years that are days or months of the facts. */
export function sameSpan({ unit, value }: Claim, facts: Facts, asked: ReadonlySet<number>): boolean {
  const n = value!;
  const spans: Record<string, string[]> = {
    week: [`${n * 7} day`, `${n * 5} day`],
    month: [`${n * 30} day`, `${n / 12} year`],
    year: [`${n * 12} month`],
    day: [`${n / 7} week`, `${n / 30} month`, `${n * 24} hour`],
    hour: [`${n / 24} day`],
  };
  return (spans[unit] ?? []).some((key) => facts.claims.has(key) || asked.has(Number(key.split(' ')[0])));
}

/** A value inside a range of the facts: 8 ft where they say 7 to 10 ft. */
export function insideRange({ unit, value }: Claim, facts: Facts): boolean {
  return facts.ranges.some((range) => range.unit === unit && range.from <= value! && value! <= range.to);
}

/** "About three weeks" for a difference of days, rounded. */
export function roughSpan({ unit, value, at }: Claim, answer: string, days: Iterable<number>): boolean {
  const length = daysIn[unit];
  if (length === undefined || !hedge.test(answer.slice(0, at))) return false;
  const known = [...days];
  return known.some((a) => known.some((b) => Math.round((a - b) / length) === value));
}
