/** Two results of `fettle bench --json` (or of `bench/peft`), figure by figure. */
import { type Figure, type ResultLine, shareOfCeiling } from './result.ts';

export interface Comparison {
  name: string;
  /** Who made each. */
  systems: [a: string, b: string];
  unit: string;
  medians: [a: number, b: number];
  /** How much better B is: above 1 faster, or smaller. */
  ratio: number;
  /** The same of the shares of the ceilings, which a slower machine or a busier one changes less; null where there is no ceiling. */
  ratio_of_shares: number | null;
  /** `noise`: the middle halves of the samples overlap, or the medians are nearer than 2 % (10 % where a sample stands alone). */
  verdict: 'better' | 'worse' | 'noise';
}

/** Every figure that both have; where one has it of several systems, one comparison each. */
export function compareResults(a: readonly ResultLine[], b: readonly ResultLine[]): Comparison[] {
  return figuresOf(a).flatMap((mine) => figuresOf(b).flatMap((other) => (other.name === mine.name ? [compareFigures(mine, other)] : [])));
}

/** Names that only one of the two has. */
export function missing(a: readonly ResultLine[], b: readonly ResultLine[]): { only_a: string[]; only_b: string[] } {
  const names = (lines: readonly ResultLine[]) => new Set(figuresOf(lines).map(({ name }) => name));
  const [inA, inB] = [names(a), names(b)];
  return { only_a: [...inA].filter((name) => !inB.has(name)), only_b: [...inB].filter((name) => !inA.has(name)) };
}

function figuresOf(lines: readonly ResultLine[]): Figure[] {
  return lines.filter((line) => line.type === 'figure');
}

function compareFigures(a: Figure, b: Figure): Comparison {
  const ratio = a.better === 'higher' ? b.median / a.median : a.median / b.median;
  const [shareA, shareB] = [shareOfCeiling(a), shareOfCeiling(b)];
  return {
    name: a.name,
    systems: [a.system ?? 'fettle', b.system ?? 'fettle'],
    unit: a.unit,
    medians: [a.median, b.median],
    ratio,
    ratio_of_shares: shareA === null || shareB === null ? null : shareB / shareA,
    verdict: withinNoise(a, b) ? 'noise' : ratio > 1 ? 'better' : 'worse',
  };
}

function withinNoise(a: Figure, b: Figure): boolean {
  const least = Math.min(a.samples, b.samples) === 1 ? 0.1 : 0.02;
  const apart = Math.abs(b.median / a.median - 1) > least;
  return !apart || (a.p25 <= b.p75 && b.p25 <= a.p75);
}
