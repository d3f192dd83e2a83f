/** The texts of a row, by the names of the fields they came from. */
import type { Row, TextRow } from './row.ts';

export interface RowText {
  /** As in the file: `output`, `messages[2].content`. */
  field: string;
  text: string;
  role: 'system' | 'user' | 'assistant' | 'tool' | 'text';
}

/** Every text of a row, in order; none for `tokens` rows. */
export function textsOf(row: Row): RowText[] {
  if (row.kind === 'text') return row.trained === undefined ? [{ field: 'text', text: row.text, role: 'text' }] : segmentsOf(row);
  if (row.kind === 'tokens') return [];
  return row.turns.map((turn, i) => ({ field: row.turnFields[i]!, text: turn.content, role: turn.role }));
}

/** The trained and the other segments of a text, in order. */
function segmentsOf({ text, trained = [] }: TextRow): RowText[] {
  const texts: RowText[] = [];
  let from = 0;
  for (const [start, end] of trained) {
    if (start > from) texts.push({ field: 'segments', text: text.slice(from, start), role: 'user' });
    texts.push({ field: 'segments', text: text.slice(start, end), role: 'text' });
    from = end;
  }
  if (from < text.length) texts.push({ field: 'segments', text: text.slice(from), role: 'user' });
  return texts;
}

/** The texts that the model is trained to write. */
export function answersOf(row: Row): RowText[] {
  return textsOf(row).filter(({ role }, i) => role === 'text' || (role === 'assistant' && row.kind === 'chat' && !row.untrained.has(i)));
}

/** What is asked: all that comes before the last answer, one text. */
export function questionOf(row: Row): string {
  if (row.kind !== 'chat') return '';
  const last = row.turns.findLastIndex((turn) => turn.role === 'assistant');
  return row.turns
    .slice(0, last < 0 ? undefined : last)
    .filter((turn) => turn.role !== 'system')
    .map((turn) => turn.content)
    .join('\n');
}
