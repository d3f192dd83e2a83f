/** The mends of one row, in its own shape. */
import type { FindingCode } from '../findings.ts';
import { type RowRecord, withText } from '../review/edit-record.ts';
import type { Row } from '../row.ts';
import { answersOf, type RowText, textsOf } from '../texts.ts';
import { type Mend, mends } from './mends.ts';

/** One text that was mended. */
export interface TextChange {
  field: string;
  codes: FindingCode[];
  before: string;
  after: string;
}

/** The row's record with what the findings of these codes name mended. A text of which nothing would be left stays. */
export function mendRow(row: Row, codes: ReadonlySet<FindingCode>): { record: RowRecord; changes: TextChange[] } {
  const changes: TextChange[] = [];
  let { record } = row;
  const answers = new Set(answersOf(row).map(({ field }) => field));
  for (const { field, text } of mendableTexts(row)) {
    const applied: FindingCode[] = [];
    let after = text;
    for (const [code, mend] of mends) {
      if (!codes.has(code) || (mend.where === 'answers' && !answers.has(field))) continue;
      const mended = mend.mend(after);
      if (mended === after || mended.trim() === '') continue;
      after = mended;
      applied.push(code);
    }
    if (applied.length === 0) continue;
    record = withText(record, field, after);
    changes.push({ field, codes: applied, before: text, after });
  }
  return { record, changes };
}

/** The mends that findings of this code ask for; undefined where a person has to decide. */
export function mendOf(code: FindingCode, redact: boolean): Mend | undefined {
  const mend = mends.get(code);
  return mend?.asked === 'redact' && !redact ? undefined : mend;
}

/** The texts by the fields that hold each alone. */
function mendableTexts(row: Row): Pick<RowText, 'field' | 'text'>[] {
  // Segments say by their lengths what is trained.
  if (row.kind === 'text' && row.trained !== undefined) return [];
  return textsOf(row).flatMap(({ field, text }) => {
    if (row.shape !== 'alpaca' || field !== 'input') return [{ field, text }];
    return ['instruction', 'input'].map((part) => ({ field: part, text: String(row.record[part] ?? '') }));
  });
}
