/** Splits a data set into train, validation and test. */
import type { FettleConfig } from '../config/schema.ts';
import { FettleError } from '../errors.ts';
import { assignParts, type Part, parts, type Unit } from './assign-parts.ts';
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
const meaningfulRows = 20;

/**
 * Seeded by row content, stratified, keeping groups, copies and clusters whole; each part keeps the order of the file.
 * Throws FETTLE_DATA when no row has the field of `stratify_by` or `group_by`, or a part that was asked for would be empty;
 * FETTLE_SEALED when nothing but sealed rows is left.
 */
export function splitDataset(dataset: Dataset, config: SplitConfig, options: SplitOptions = {}): Split {
  const { rows } = dataset;
  const stratumOf = fieldReader(dataset, config.stratify_by, 'stratify_by');
  const groups = unitsOf(dataset, config, options);
  const units: Unit[] = groups.map((members) => ({
    key: rows[members[0]!]!.hash,
    strata: members.map((i) => stratumOf(rows[i]!)),
    ...fixedPart(
      members.map((i) => rows[i]!.hash),
      options,
    ),
  }));
  const chosen = assignParts(units, config, config.seed);
  const partOf = new Map<number, Part>(groups.flatMap((members, unit) => members.map((i) => [i, chosen[unit]!] as const)));
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
      together: groups.filter((members) => members.length > 1).length,
      notes: notesOn(split, config, strata),
    },
  };
}

function fixedPart(hashes: readonly string[], options: SplitOptions): { fixed?: Part } {
  if (hashes.some((hash) => options.sealed?.has(hash))) return { fixed: 'test' };
  const known = hashes.flatMap((hash) => options.earlier?.get(hash) ?? []);
  const fixed = known.includes('test') ? 'test' : known[0];
  return fixed === undefined ? {} : { fixed };
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
    if (share > 0 && length < meaningfulRows) notes.push(`${part} has ${length} rows; a score on fewer than ${meaningfulRows} says little`);
  }
  if (config.stratify_by !== null) {
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
