/** Splits a data set into train, validation and test. */
import type { FettleConfig } from '../config/schema.ts';
import { FettleError } from '../errors.ts';
import { assignParts, type Part, parts, type Unit } from './assign-parts.ts';
import { rowTopics } from './clusters/row-topics.ts';
import { textHash } from './content-hash.ts';
import type { Dataset } from './dataset.ts';
import type { Row } from './row.ts';
import { UnionFind } from './union-find.ts';

export type SplitConfig = FettleConfig['data']['split'];

export interface SplitOptions {
  /** Content hashes of sealed rows: they stay in test. */
  sealed?: ReadonlySet<string>;
  /** Parts that an earlier split with the same settings gave: rows keep them. */
  earlier?: ReadonlyMap<string, Part>;
  /** Indices of rows that must not straddle parts (near-duplicates), one list a cluster. */
  clusters?: readonly (readonly number[])[];
}

export interface SplitReport {
  rows: Record<Part, number>;
  /** Per value of `stratify_by`, the rows of each part; rows without the field are under ''. */
  strata: Record<string, Record<Part, number>>;
  /** Rows that are in test because a seal says so. */
  sealed: number;
  /** Clusters, groups and copies of more than one row. */
  together: number;
  /** Near-duplicates that were kept in one part: clusters, and their rows. */
  near_duplicates: { clusters: number; rows: number };
  /** What the user should know: parts too small to mean anything, rows without the field ... */
  notes: string[];
}

export interface Split {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
  report: SplitReport;
  config: SplitConfig;
}

/** Fewer rows than this say little about a model. */
const meaningfulRows = 30;
/** The value of `stratify_by` that stands for what the rows are about, instead of a field. */
export const byCluster = '@cluster';

/**
 * Seeded by row content, stratified, keeping groups, copies and clusters whole; each part keeps the order of the file.
 * Throws FETTLE_DATA when no row has the field of `stratify_by` or `group_by`, or a part that was asked for would be empty;
 * FETTLE_SEALED when nothing but sealed rows is left.
 */
export function splitDataset(dataset: Dataset, config: SplitConfig, options: SplitOptions = {}): Split {
  const { rows } = dataset;
  const stratumOf = config.stratify_by === byCluster ? topicReader(rows) : fieldReader(dataset, config.stratify_by, 'stratify_by');
  const together = unitsOf(dataset, config, options);
  const groups = together.flatMap((members) => withEarlierParts(members, rows, options));
  const units: Unit[] = groups.map(({ members, fixed }) => ({
    key: rows[members[0]!]!.hash,
    strata: members.map((i) => stratumOf(rows[i]!)),
    ...(fixed !== undefined && { fixed }),
  }));
  const chosen = assignParts(units, config, config.seed);
  const partOf = new Map<number, Part>(groups.flatMap(({ members }, unit) => members.map((i) => [i, chosen[unit]!] as const)));
  const pick = (part: Part): Dataset => ({ ...dataset, rows: rows.filter((_, i) => partOf.get(i) === part) });
  const split = { train: pick('train'), validation: pick('validation'), test: pick('test'), config };
  const sealed = rows.filter((row) => options.sealed?.has(row.hash)).length;
  refuseEmptyParts(split, config, sealed);
  const strata = countStrata(split, stratumOf);
  return {
    ...split,
    report: {
      rows: { train: split.train.rows.length, validation: split.validation.rows.length, test: split.test.rows.length },
      strata,
      sealed,
      together: together.filter((members) => members.length > 1).length,
      near_duplicates: { clusters: options.clusters?.length ?? 0, rows: options.clusters?.reduce((sum, one) => sum + one.length, 0) ?? 0 },
      notes: notesOn(split, config, strata),
    },
  };
}

/**
 * A unit with the part that it must have. Rows of an earlier split stay where they were, even if new rows now join them to rows of
 * another part: then the new ones go to test if one of the old is there, so that at least nothing leaks into the test.
 */
function withEarlierParts(
  members: readonly number[],
  rows: readonly Row[],
  options: SplitOptions,
): { members: readonly number[]; fixed?: Part }[] {
  if (members.some((i) => options.sealed?.has(rows[i]!.hash))) return sealedUnit(members, rows, options);
  const given = members.map((i) => options.earlier?.get(rows[i]!.hash));
  const known = [...new Set(given.filter((part) => part !== undefined))];
  if (known.length === 0) return [{ members }];
  if (known.length === 1) return [{ members, fixed: known[0]! }];
  const joined: Part = known.includes('test') ? 'test' : known[0]!;
  return members.map((i, k) => ({ members: [i], fixed: given[k] ?? joined }));
}

/** Rows that are sealed stay in test; their near-duplicates go with them, unless an earlier split put them elsewhere. */
function sealedUnit(
  members: readonly number[],
  rows: readonly Row[],
  options: SplitOptions,
): { members: readonly number[]; fixed: Part }[] {
  return members.map((i) => ({
    members: [i],
    fixed: options.sealed!.has(rows[i]!.hash) ? 'test' : (options.earlier?.get(rows[i]!.hash) ?? 'test'),
  }));
}

/** The topic of a row, by its words. */
function topicReader(rows: readonly Row[]): (row: Row) => string {
  const { topics, of } = rowTopics(rows);
  const names = new Map(rows.map((row, i) => [row, topics[of[i]!]?.words.join(', ') ?? '']));
  return (row) => names.get(row)!;
}

/** Lists of row indices that stay together, in the order of their first rows. */
function unitsOf(dataset: Dataset, config: SplitConfig, options: SplitOptions): number[][] {
  const { rows } = dataset;
  const sets = new UnionFind(rows.length);
  const firstOf = new Map<string, number>();
  const join = (key: string, i: number) => {
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, i);
    else sets.union(first, i);
  };
  const groupOf = fieldReader(dataset, config.group_by, 'group_by');
  for (const [i, row] of rows.entries()) {
    join(`row ${row.hash}`, i);
    const words = textHash(row);
    if (words !== undefined) join(`words ${words}`, i);
    const group = groupOf(row);
    if (group !== '') join(`group ${group}`, i);
  }
  for (const cluster of options.clusters ?? []) for (const i of cluster) sets.union(cluster[0]!, i);
  const units = new Map<number, number[]>();
  for (const i of rows.keys()) {
    const root = sets.find(i);
    const members = units.get(root);
    if (members === undefined) units.set(root, [i]);
    else members.push(i);
  }
  return [...units.values()];
}

/** Reads a field as a text; '' when the field is not asked for or the row lacks it. */
function fieldReader(dataset: Dataset, field: string | null, setting: string): (row: Row) => string {
  if (field === null) return () => '';
  const read = (row: Row): string => {
    const value = row.fields[field];
    return value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  if (dataset.rows.some((row) => read(row) !== '')) return read;
  const fields = [...new Set(dataset.rows.slice(0, 100).flatMap((row) => Object.keys(row.fields)))];
  throw new FettleError(
    'FETTLE_DATA',
    `expected the field "${field}" (data.split.${setting}) in the rows of ${dataset.path}, found it in none`,
    {
      hint: fields.length > 0 ? `The rows have ${fields.join(', ')}.` : `The rows have no other fields; set data.split.${setting} to null.`,
      problems: [{ file: dataset.path, field, message: `no row has it (data.split.${setting})` }],
    },
  );
}

function refuseEmptyParts(split: Pick<Split, Part>, config: SplitConfig, sealed: number): void {
  const empty = parts.filter((part) => part !== 'test' && config[part] > 0 && split[part].rows.length === 0);
  if (empty.length === 0) return;
  const { path, rows } = split.test;
  if (sealed > 0) {
    throw new FettleError(
      'FETTLE_SEALED',
      `expected rows to train on in ${path}, found almost only rows of a sealed test set (${sealed})`,
      {
        hint: 'These rows are held back for the final exam: fettle eval --open-test --reason TEXT. Train on the other parts.',
        problems: rows.map(({ file, line }) => ({ file, line, message: 'is sealed' })),
      },
    );
  }
  throw new FettleError('FETTLE_DATA', `expected rows for every part of the split, found too few for ${empty.join(' and ')}: ${path}`, {
    hint: 'Add rows (the first 50 to 100 by hand are worth it), or raise the share of the part.',
    problems: [{ file: path, message: `${empty.join(' and ')} would be empty` }],
  });
}

function countStrata(split: Pick<Split, Part>, stratumOf: (row: Row) => string): SplitReport['strata'] {
  const counts = new Map<string, Record<Part, number>>();
  for (const part of parts) {
    for (const row of split[part].rows) {
      const stratum = stratumOf(row);
      const count = counts.get(stratum) ?? { train: 0, validation: 0, test: 0 };
      count[part]++;
      counts.set(stratum, count);
    }
  }
  return Object.fromEntries(counts);
}

function notesOn(split: Pick<Split, Part>, config: SplitConfig, strata: SplitReport['strata']): string[] {
  const notes: string[] = [];
  if (config.train < 0.7 || config.train > 0.8) notes.push(`train is ${percent(config.train)} of the rows; 70 to 80 % is usual`);
  for (const part of ['validation', 'test'] as const) {
    const share = config[part];
    const { length } = split[part].rows;
    if (share < 0.1 || share > 0.15) notes.push(`${part} is ${percent(share)} of the rows; 10 to 15 % is usual`);
    if (share > 0 && length < meaningfulRows)
      notes.push(
        `${part} has ${length} rows; a score on so few is off by ${Math.round(100 / Math.sqrt(Math.max(1, length)))} points either way`,
      );
  }
  if (config.stratify_by !== null && config.stratify_by !== byCluster) {
    const without = strata[''];
    if (without !== undefined)
      notes.push(
        `${without.train + without.validation + without.test} rows have no "${config.stratify_by}"; they are a stratum of their own`,
      );
    const unseen = Object.entries(strata).filter(([, count]) => count.train === 0);
    if (unseen.length > 0)
      notes.push(
        `no training row has "${config.stratify_by}" = ${unseen
          .slice(0, 5)
          .map(([name]) => JSON.stringify(name))
          .join(', ')}`,
      );
  }
  return notes;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
