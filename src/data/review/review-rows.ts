/** The rows of a data file as they stand in it, usable or not, for a reviewer to decide on. */
import type { Flaw } from '../read/record.ts';
import { isFlaw } from '../read/record.ts';
import { emptyData } from '../read/source.ts';
import { type ReadOptions, readRows } from '../read-rows.ts';
import type { Row, Shape } from '../row.ts';
import { parserOf } from '../shapes/registry.ts';
import { type EditedTurn, turnsOf } from './decision.ts';
import { draftTurns } from './draft-turns.ts';
import { hashOf, Review } from './review.ts';

/** A row to decide on. */
export interface ReviewRow {
  /** Content hash; of the whole record where it is no usable row. */
  hash: string;
  /** Which of several rows with this content, from 1; absent where there is one. */
  copy?: number;
  line: number;
  /** Null where it is no usable row: then `flaws` say why. */
  row: Row | null;
  flaws: Flaw[];
  /** Null where it has none that could be edited (`tokens` rows). */
  turns: EditedTurn[] | null;
  /** What stands beside the turns (topic, id ...). */
  fields: Row['fields'];
}

export interface ReviewRows {
  /** In the order of the file. */
  rows: ReviewRow[];
  /** What could not be read as a record at all: nobody can decide on it but the file's author. */
  unreadable: Flaw[];
  /** Null when no row told it. */
  shape: Shape | null;
}

/** Reads them, whatever was decided before. Throws what reading the data as a whole throws, and FETTLE_DATA_EMPTY. */
export async function readReviewRows(
  path: string,
  { format = 'auto', signal }: Pick<ReadOptions, 'format' | 'signal'>,
): Promise<ReviewRows> {
  const review = new Review({ path: '', decisions: [], torn: [] });
  const rows: ReviewRow[] = [];
  const unreadable: Flaw[] = [];
  let shape: Shape | null = format === 'auto' ? null : format;
  for await (const found of readRows(path, { format, ...(signal && { signal }), review })) {
    const hash = hashOf(found);
    const last = rows.at(-1);
    if (hash === undefined) unreadable.push(found as Flaw);
    else if (!isFlaw(found)) {
      rows.push({ hash, line: found.line, row: found, flaws: [], turns: turnsOf(found) ?? null, fields: found.fields });
      shape ??= found.shape;
    } else if (last?.row === null && last.flaws[0]?.record === found.record) last.flaws.push(found);
    else rows.push({ hash, line: found.problem.line!, row: null, flaws: [found], turns: null, fields: {} });
  }
  if (rows.length === 0 && unreadable.length === 0) throw emptyData(path, 'it has only blanks, or a header without rows');
  if (shape !== null) for (const row of rows) if (row.row === null) completeFlawed(row, shape);
  numberCopies(rows);
  return { rows, unreadable, shape };
}

/** What can be told of a row that is not usable. */
function completeFlawed(row: ReviewRow, shape: Shape): void {
  const record = row.flaws[0]!.record!;
  const { keys } = parserOf(shape);
  row.turns = draftTurns(record, shape) ?? null;
  row.fields = Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

function numberCopies(rows: readonly ReviewRow[]): void {
  const total = Map.groupBy(rows, ({ hash }) => hash);
  for (const copies of total.values()) if (copies.length > 1) for (const [i, row] of copies.entries()) row.copy = i + 1;
}
