/** Sets of rows with known flaws: what is planted where. */

export type Pair = readonly [question: string, answer: string];
/** What becomes of a row: the changed row itself, or (`added`) a new row after it. */
export type Change = (pair: Pair, index: number) => { row: object; added?: boolean };

export interface PlantedSet {
  name: string;
  rows: object[];
  /** Lines (from 1) with a planted flaw, and its kind. */
  flaws: { line: number; kind: string }[];
  /** Lines whose row is the clean half of a pair. */
  twins: Set<number>;
}

/** Every flaw goes to a row of its own, spread over the rows in a fixed order; rows that are left stay clean. */
export function plant(
  name: string,
  clean: readonly Pair[],
  asRow: (question: string, answer: string, i: number) => object,
  flaws: Record<string, Change[]>,
  step: number,
): PlantedSet {
  const changes = Object.entries(flaws).flatMap(([kind, list]) => list.map((change) => ({ kind, change })));
  const of = new Map(changes.map((one, k) => [(k * step) % clean.length, one]));
  if (of.size < changes.length) throw new Error(`${name}: ${changes.length} flaws for ${clean.length} rows`);
  const set: PlantedSet = { name, rows: [], flaws: [], twins: new Set() };
  for (const [i, pair] of clean.entries()) {
    const planted = of.get(i);
    const made = planted?.change(pair, i);
    if (made === undefined || made.added) set.rows.push(asRow(pair[0], pair[1], i));
    if (made === undefined) continue;
    if (made.added) set.twins.add(set.rows.length);
    set.rows.push(made.row);
    set.flaws.push({ line: set.rows.length, kind: planted!.kind });
  }
  return set;
}
