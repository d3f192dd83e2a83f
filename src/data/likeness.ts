/** How much validation and test look like the whole: what they are about, how long they are, which classes they have. */
import { rowTopics } from './clusters/row-topics.ts';
import type { Row } from './row.ts';
import type { Split } from './split.ts';
import { answersOf, questionOf } from './texts.ts';

export interface Likeness {
  /** What was compared: topics, question length, answer length, or the field of `stratify_by`. */
  of: string;
  /** Half the sum of the differences of the shares, 0 (alike) to 1 (nothing in common). */
  total_variation: number;
  /** Jensen-Shannon divergence in bits, 0 to 1 (Lin 1991). */
  jensen_shannon: number;
  /** The total variation that a random sample of this size has on average. */
  by_chance: number;
}

export type PartLikeness = Record<'validation' | 'test', Likeness[]>;

/** Lengths are compared in so many classes of equal size. */
const lengthClasses = 5;
/** Of more rows, evenly chosen ones are compared. */
const mostRows = 20_000;

export function partLikeness(split: Split): PartLikeness {
  const all = (['train', 'validation', 'test'] as const).flatMap((part) => split[part].rows.map((row) => ({ row, part })));
  const stride = Math.ceil(all.length / mostRows);
  const chosen = all.filter((_, i) => i % stride === 0);
  const rows = chosen.map(({ row }) => row);
  const field = split.config.stratify_by;
  const classes: [string, readonly (string | number)[]][] = [
    ['topics', Array.from(rowTopics(rows).of)],
    ['question length', lengthClassesOf(rows, (row) => questionOf(row).length)],
    ['answer length', lengthClassesOf(rows, (row) => answersOf(row).reduce((sum, { text }) => sum + text.length, 0))],
  ];
  if (field !== null && !field.startsWith('@')) classes.push([field, rows.map((row) => JSON.stringify(row.fields[field] ?? null))]);
  const of = (part: 'validation' | 'test') =>
    classes.map(([name, values]) => ({
      of: name,
      ...compare(
        values,
        values.filter((_, i) => chosen[i]!.part === part),
      ),
    }));
  return { validation: of('validation'), test: of('test') };
}

function lengthClassesOf(rows: readonly Row[], length: (row: Row) => number): number[] {
  const lengths = rows.map(length);
  const sorted = lengths.toSorted((a, b) => a - b);
  const limits = Array.from({ length: lengthClasses - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / lengthClasses)]!);
  return lengths.map((one) => limits.filter((limit) => one >= limit).length);
}

function compare(whole: readonly (string | number)[], part: readonly (string | number)[]): Omit<Likeness, 'of'> {
  const [p, q] = [shares(whole), shares(part)];
  let [variation, divergence, chance] = [0, 0, 0];
  for (const [value, share] of p) {
    const own = q.get(value) ?? 0;
    const mean = (share + own) / 2;
    variation += Math.abs(share - own) / 2;
    divergence += (share * Math.log2(share / mean) + (own === 0 ? 0 : own * Math.log2(own / mean))) / 2;
    // The mean absolute deviation of a binomial share.
    chance += Math.sqrt((2 * share * (1 - share)) / (Math.PI * Math.max(1, part.length))) / 2;
  }
  return { total_variation: variation, jensen_shannon: divergence, by_chance: chance };
}

function shares(values: readonly (string | number)[]): Map<string | number, number> {
  const counts = new Map<string | number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const [value, count] of counts) counts.set(value, count / values.length);
  return counts;
}

/** A sample is off when it differs from the whole so much more than chance makes it. */
const plainlyOff = 1.75;

/** The likeness of one part, for people. */
export function likenessText(part: string, rows: number, list: readonly Likeness[]): string {
  if (rows === 0) return `${part}: no rows`;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const off = list.filter(({ total_variation, by_chance }) => total_variation > by_chance * plainlyOff);
  const figures = list.map(({ of, total_variation, by_chance }) => `${of} ${percent(total_variation)} (${percent(by_chance)})`).join(', ');
  const verdict = off.length === 0 ? 'looks like the whole' : `differs from the whole in ${off.map(({ of }) => of).join(' and ')}`;
  return `${part} ${verdict}; apart by (chance alone): ${figures}`;
}
