/** Which part each unit of rows goes to: stable when rows are added, exact within each stratum. */
import { createHash } from 'node:crypto';

export const parts = ['train', 'validation', 'test'] as const;
export type Part = (typeof parts)[number];
export type Shares = Readonly<Record<Part, number>>;

/** Rows that must stay together: copies of one row, a group, a cluster of near-duplicates. */
export interface Unit {
  /** Content hash of the first row: what the seeded choice is made from. */
  key: string;
  /** The stratum of each row, '' where there is none. */
  strata: readonly string[];
  /** The part an earlier split or a seal gave it. */
  fixed?: Part;
}

/** How far each part is behind its share, in rows; negative when ahead. */
type Lag = Record<Part, number>;

/**
 * The part of each unit, in order. A unit goes to the part that its seeded hash chooses, unless a part of its stratum would then be a
 * whole row away from its share. So with single rows every part of every stratum is less than one row off, at the
 * end and at every earlier row: rows added at the end move none before them. (Only where a part would else be empty may that happen.)
 */
export function assignParts(units: readonly Unit[], shares: Shares, seed: number): Part[] {
  const open = parts.filter((part) => shares[part] > 0);
  const total = zero();
  const byStratum = new Map<string, Lag>();
  const lagOf = (stratum: string): Lag => {
    const lag = byStratum.get(stratum) ?? zero();
    byStratum.set(stratum, lag);
    return lag;
  };
  const chosen = units.map((unit) => {
    for (const lag of [total, ...unit.strata.map(lagOf)])
      for (const part of parts) lag[part] += lag === total ? shares[part] * unit.strata.length : shares[part];
    const part = unit.fixed ?? (unit.strata.length === 1 ? choose(unit, lagOf(unit.strata[0]!), total) : place(unit));
    for (const stratum of unit.strata) lagOf(stratum)[part]--;
    total[part] -= unit.strata.length;
    return part;
  });
  for (const part of open) if (part !== 'test' && !chosen.includes(part)) fillEmpty(chosen, units, part, seed);
  return chosen;

  /** For a single row. */
  function choose(unit: Unit, lag: Lag, all: Lag): Part {
    const most = (of: Lag, among: readonly Part[]) => among.reduce((best, part) => (of[part] > of[best] + 1e-9 ? part : best));
    const furthest = most(lag, open);
    if (lag[furthest] >= 1 - 1e-9) return furthest;
    const allowed = open.filter((part) => lag[part] > 1e-9);
    if (allowed.length === 0) return furthest;
    const behind = most(all, allowed);
    return all[behind] >= 1 ? behind : byHash(unit.key, allowed);
  }

  /** For rows that stay together: where they leave their strata and the whole nearest to the shares; among parts as good, by hash. */
  function place(unit: Unit): Part {
    const counts = new Map<string, number>();
    for (const stratum of unit.strata) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
    const costs = open.map((part) => {
      let cost = squares(total, part, unit.strata.length);
      for (const [stratum, count] of counts) cost += squares(lagOf(stratum), part, count);
      return { part, cost };
    });
    const least = Math.min(...costs.map(({ cost }) => cost));
    return byHash(
      unit.key,
      costs.filter(({ cost }) => cost <= least + 0.5).map(({ part }) => part),
    );
  }

  function byHash(key: string, allowed: readonly Part[]): Part {
    let u = seededFraction(key, seed);
    for (const part of open) {
      u -= shares[part];
      if (u < 0) return allowed.includes(part) ? part : allowed[0]!;
    }
    return allowed[0]!;
  }
}

/** A handful of rows may leave a part empty: it then gets the unit that its hash puts first, if another stays. */
function fillEmpty(chosen: Part[], units: readonly Unit[], part: Part, seed: number): void {
  const free = units.flatMap((unit, i) =>
    unit.fixed === undefined && chosen[i] !== 'test' ? [{ i, u: seededFraction(unit.key, seed) }] : [],
  );
  if (free.length < 2) return;
  chosen[free.sort((a, b) => a.u - b.u)[0]!.i] = part;
}

/** The sum of the squared lags if `part` took `count` rows. */
function squares(lag: Lag, part: Part, count: number): number {
  return parts.reduce((sum, one) => sum + (lag[one] - (one === part ? count : 0)) ** 2, 0);
}

function zero(): Lag {
  return { train: 0, validation: 0, test: 0 };
}

/** A number in [0, 1) that depends on the key and the seed alone. */
export function seededFraction(key: string, seed: number): number {
  return createHash('sha256').update(`${seed}:${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
