/** `fettle check --fix`: the check, and then a copy of the data in which is mended what needs no judgement. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FettleError } from '../../errors.ts';
import { type CheckOptions, type CheckSummary, checkDataset } from '../check.ts';
import type { Finding, FindingCode } from '../findings.ts';
import { isFlaw } from '../read/record.ts';
import { readRows } from '../read-rows.ts';
import type { Row } from '../row.ts';
import { findSeals, refuseSealed, sealOf } from '../seal.ts';
import { writeRecords, writerFor } from '../write-records.ts';
import { mendOf, mendRow, type TextChange } from './mend-row.ts';
import { dropped } from './mends.ts';

export interface MendOptions extends Omit<CheckOptions, 'review'> {
  /** Also puts [email], [phone] ... in the place of personal data and secrets. */
  redact?: boolean;
}

/** One change that was made: a text, or a row that was left out. */
export type Change = { file: string; line: number } & (TextChange | { dropped: FindingCode; message: string });

export interface MendSummary {
  /** The copy. */
  out: string;
  /** Rows written as they were, written with a change, and left out. */
  kept: number;
  changed: number;
  dropped: number;
}

/**
 * Yields what the check of `path` finds and its summary, then every change and what they amount to. The data is read, never written: `out` gets
 * the copy, in one step, once everything is known. Rows that reviewers rejected are left out of it, edited ones are as edited.
 * Throws what `checkDataset` throws; FETTLE_SEALED where a row belongs to a sealed test set; FETTLE_USAGE when `out` is the data itself or asks
 * for a format that cannot be written; FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function* mendDataset(
  path: string,
  out: string,
  { redact = false, ...options }: MendOptions = {},
): AsyncGenerator<Finding | { summary: CheckSummary } | { change: Change } | { mended: MendSummary }> {
  writerFor(out);
  await refuseSameFile(path, out);
  await refuseSealedRows(path, options);
  const codes = new Map<number, Set<FindingCode>>();
  const copies = new Map<number, Finding>();
  for await (const found of checkDataset(path, options)) {
    yield found;
    if ('summary' in found || found.line === null) continue;
    if (found.code === dropped) copies.set(found.line, found);
    else if (mendOf(found.code, redact) !== undefined) codes.set(found.line, (codes.get(found.line) ?? new Set()).add(found.code));
  }
  const mended: MendSummary = { out, kept: 0, changed: 0, dropped: 0 };
  const changes: Change[] = [];
  const leave = (file: string, line: number, code: FindingCode, message: string) => {
    mended.dropped++;
    changes.push({ file, line, dropped: code, message });
  };
  const records = async function* (): AsyncGenerator<Row['record']> {
    let badLine: number | undefined;
    for await (const row of readRows(path, options)) {
      if (isFlaw(row)) {
        const { finding, record, problem } = row;
        if (problem.line === badLine) continue;
        badLine = problem.line;
        if (record === undefined) leave(path, problem.line!, finding, problem.message);
        else {
          mended.kept++;
          yield record;
        }
        continue;
      }
      const { file, line } = row;
      const copy = copies.get(line);
      if (copy !== undefined) {
        leave(file, line, copy.code, copy.message);
        continue;
      }
      const { record, changes: texts } = mendRow(row, codes.get(line) ?? new Set());
      for (const text of texts) changes.push({ file, line, ...text });
      mended[texts.length > 0 ? 'changed' : 'kept']++;
      yield record;
    }
  };
  await writeRecords(out, records());
  for (const change of changes) yield { change };
  yield { mended };
}

async function refuseSameFile(path: string, out: string): Promise<void> {
  const real = (file: string) => realpath(file).catch(() => resolve(file));
  if ((await real(path)) !== (await real(out))) return;
  throw new FettleError('FETTLE_USAGE', `expected another file for the mended copy than the data, found the same: ${out}`, {
    hint: 'The data is never changed: give the copy a name of its own with --out.',
  });
}

async function refuseSealedRows(path: string, { format, signal }: CheckOptions): Promise<void> {
  const seals = await findSeals({ data: [path] });
  if (seals.every(({ sealed }) => sealed.size === 0)) return;
  const sealed: Row[] = [];
  for await (const row of readRows(path, { ...(format && { format }), ...(signal && { signal }) }))
    if (!isFlaw(row) && sealOf(row, seals) !== undefined) sealed.push(row);
  refuseSealed(sealed, seals, 'mending');
}
