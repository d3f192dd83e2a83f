/** Which training rows were learned and which look wrong, from their losses over the epochs and those of their neighbours. */

export const rowClasses = ['suspicious', 'forgotten', 'never-learned', 'seen-once', 'learned'] as const;
export type RowClass = (typeof rowClasses)[number];

export interface RowHistory {
  /** Mean loss over the row's supervised tokens in each epoch in which it was trained. */
  losses: readonly number[];
  /** For each of them: the loss that was usual at that time, the median over the rows of the steps around. */
  usual: readonly number[];
  /** Places of its neighbours in the list of rows, the nearest first. */
  near: readonly number[];
}

export interface RowRank {
  class: RowClass;
  /** How much higher its loss is than its neighbours', in nats a token; null without neighbours. */
  suspicion: number | null;
}

/** A row is suspicious when its level is so many times its neighbours' ... */
const timesNeighbours = 1.5;
/** ... and above it by this share of the usual loss of the first epoch ... */
const shareOfFirst = 0.15;
/** ... and by so many robust standard deviations of that difference. */
const deviations = 3;
/** A row is forgotten when it ends so many times, and by this share of the first epoch's usual loss, above its lowest. */
const timesLowest = 1.25;
const shareForgotten = 0.15;
/** A row was never learned when its loss fell by less than this share of the usual fall (of the logarithms: by what factor it fell) ... */
const shareOfFall = 1 / 3;
/** ... and ends above the median, and above this share of the usual loss of the first epoch. */
const shareLeft = 0.3;

/** One rank a row, in the order given. */
export function rankRows(rows: readonly RowHistory[]): RowRank[] {
  const allTwice = rows.every(({ losses }) => losses.length > 1);
  const levels = rows.map(allTwice ? levelOf : levelAboveUsual);
  const aside = rows.map(({ near }) => (near.length === 0 ? null : median(near.map((i) => levels[i]!))));
  const suspicions = levels.map((level, i) => (aside[i] == null ? null : level - aside[i]));
  const known = suspicions.filter((one) => one !== null);
  const center = median(known);
  const spread = 1.4826 * median(known.map((one) => Math.abs(one - center)));
  const first = median(rows.map(({ losses }) => losses[0]!));
  const repeated = rows.filter(({ losses }) => losses.length > 1);
  const fall = Math.max(0, median(repeated.map((row) => fallOf(row, first))));
  const end = median(repeated.map(({ losses }) => losses.at(-1)!));

  const isSuspicious = (i: number): boolean => {
    const [suspicion, neighbours] = [suspicions[i]!, aside[i]!];
    if (suspicion === null || suspicion < shareOfFirst * first || suspicion - center < deviations * spread) return false;
    return !allTwice || levels[i]! >= timesNeighbours * neighbours; // a multiple of a difference says nothing
  };
  const stateOf = (row: RowHistory): RowClass => {
    const { losses } = row;
    if (losses.length === 1) return 'seen-once';
    const last = losses.at(-1)!;
    const lowest = Math.min(...losses.slice(0, -1));
    if (last >= timesLowest * lowest && last - lowest >= shareForgotten * first) return 'forgotten';
    const high = last > Math.max(end, shareLeft * first);
    return high && fallOf(row, first) <= shareOfFall * fall ? 'never-learned' : 'learned';
  };
  return rows.map((row, i) => ({ class: isSuspicious(i) ? 'suspicious' : stateOf(row), suspicion: suspicions[i]! }));
}

/** The logarithm of the factor by which a row's loss fell; a row trained at the very beginning, when every loss was high, starts from less. */
function fallOf({ losses, usual }: RowHistory, first: number): number {
  const start = losses[0]! * Math.min(1, first / usual[0]!);
  return Math.log(start / Math.max(losses.at(-1)!, Number.MIN_VALUE));
}

/** How high a row's loss stays: the mean after its first epoch. */
function levelOf({ losses }: RowHistory): number {
  return mean(losses.slice(1));
}

/** The same where rows were trained only once: what they were above the loss that was usual at that time. */
function levelAboveUsual({ losses, usual }: RowHistory): number {
  return mean(losses.map((loss, i) => loss - usual[i]!));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
