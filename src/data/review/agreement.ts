/** How far two reviewers agree on the rows that both decided on. */
import { type Decision, type DecisionKind, decisionKinds, hashOfTurns, keyOf } from './decision.ts';

export interface Disagreement {
  hash: string;
  copy?: number;
  /** What each decided, in the order of `reviewers`. */
  decisions: [DecisionKind, DecisionKind];
  notes: [string | null, string | null];
}

export interface Agreement {
  reviewers: [string, string];
  /** Rows that both decided on. */
  rows: number;
  /** Rows on which both decided the same. */
  same: number;
  /** Of those: rows that both edited, to other words. */
  edited_differently: number;
  /** same / rows, 0 to 100; null without rows. */
  percent: number | null;
  /** Cohen's kappa over accepted, edited, rejected and noted; null where chance alone explains everything (one decision for every row), or without rows. */
  kappa: number | null;
  /** Rows by decision: `table[first reviewer's][second reviewer's]`. */
  table: Record<DecisionKind, Record<DecisionKind, number>>;
  disagreements: Disagreement[];
}

/** Compares the last decision of each on every row. */
export function agreement(decisions: readonly Decision[], reviewers: [string, string]): Agreement {
  const [first, second] = reviewers.map((reviewer) => lastDecisions(decisions, reviewer)) as [Map<string, Decision>, Map<string, Decision>];
  const pairs = [...first].flatMap(([key, one]) => (second.has(key) ? [[one, second.get(key)!] as const] : []));
  const zero = () => Object.fromEntries(decisionKinds.map((kind) => [kind, 0])) as Record<DecisionKind, number>;
  const table = Object.fromEntries(decisionKinds.map((kind) => [kind, zero()])) as Agreement['table'];
  for (const [a, b] of pairs) table[a.decision][b.decision]++;
  const rows = pairs.length;
  const same = decisionKinds.reduce((sum, kind) => sum + table[kind][kind], 0);
  return {
    reviewers,
    rows,
    same,
    edited_differently: pairs.filter(
      ([a, b]) => a.decision === 'edited' && b.decision === 'edited' && hashOfTurns(a.turns!) !== hashOfTurns(b.turns!),
    ).length,
    percent: rows === 0 ? null : (100 * same) / rows,
    kappa: kappa(table, rows, same),
    table,
    disagreements: pairs
      .filter(([a, b]) => a.decision !== b.decision)
      .map(([a, b]) => ({
        hash: a.hash,
        ...(a.copy !== undefined && { copy: a.copy }),
        decisions: [a.decision, b.decision],
        notes: [a.note ?? null, b.note ?? null],
      })),
  };
}

/** Cohen (1960): (observed - expected) / (1 - expected), expected from how often each decides what. */
function kappa(table: Agreement['table'], rows: number, same: number): number | null {
  if (rows === 0) return null;
  const expected = decisionKinds.reduce((sum, kind) => {
    const byFirst = decisionKinds.reduce((total, other) => total + table[kind][other], 0);
    const bySecond = decisionKinds.reduce((total, other) => total + table[other][kind], 0);
    return sum + byFirst * bySecond;
  }, 0);
  return expected === rows * rows ? null : (same * rows - expected) / (rows * rows - expected);
}

function lastDecisions(decisions: readonly Decision[], reviewer: string): Map<string, Decision> {
  return new Map(decisions.filter((one) => one.reviewer === reviewer).map((one) => [keyOf(one), one]));
}

/** Every pair of the reviewers who decided something, in the order in which they began. */
export function reviewerPairs(decisions: readonly Decision[]): [string, string][] {
  const names = [...new Set(decisions.map(({ reviewer }) => reviewer))];
  return names.flatMap((one, i) => names.slice(i + 1).map((other): [string, string] => [one, other]));
}
