/** What `fettle check --fix` shows: every change, and what they amount to. */
import { extname, format, parse } from 'node:path';
import type { Change, MendSummary } from '../data/mend/mend-dataset.ts';
import { formatWhere } from '../errors.ts';
import { grouped } from './numbers.ts';
import { outColors as c } from './output.ts';

/** Characters shown on each side of what changed, and of a long change. */
const around = 15;
const mostShown = 70;
const writable = ['.jsonl', '.ndjson', '.json', '.csv', '.tsv'];

/** `NAME.mended.jsonl` beside the data, in its format where that can be written. */
export function mendedName(path: string): string {
  const extension = extname(path).toLowerCase();
  const { dir, name } = parse(path);
  return format({ dir, name: `${name}.mended`, ext: writable.includes(extension) ? extension : '.jsonl' });
}

export function changeLine(change: Change): string {
  const { file, line } = change;
  if ('dropped' in change) return `${c.bold(formatWhere({ file, line }))} ${c.red('dropped')} ${change.dropped}: ${change.message}`;
  const { field, codes, before, after } = change;
  const [was, is] = changedPieces(before, after);
  return `${c.bold(formatWhere({ file, line, field }))} ${c.green('changed')} ${codes.join(', ')}: ${was} -> ${is}`;
}

export function mendedText({ out, kept, changed, dropped }: MendSummary): string {
  const rows = kept + changed;
  return `${c.bold(out)}: ${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}: ${grouped(kept)} kept as they are, ${grouped(changed)} changed; ${grouped(dropped)} dropped`;
}

/** What differs between two texts, quoted, with a little of what is around it. */
function changedPieces(before: string, after: string): [string, string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const from = Math.max(0, start - around);
  const piece = (text: string) => clip(text.slice(from, Math.min(text.length, text.length - end + around)));
  return [piece(before), piece(after)];
}

function clip(text: string): string {
  const shown = text.length > mostShown ? `${text.slice(0, mostShown / 2)} ... ${text.slice(-mostShown / 2)}` : text;
  return JSON.stringify(shown);
}
