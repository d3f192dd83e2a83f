/** Rows written to a file in the format that its name asks for. */
import { extname } from 'node:path';
import { replaceText, replaceWith, writeDurably } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import { isObject } from './parse-row.ts';
import type { Row } from './row.ts';

const writers: Readonly<Record<string, (records: readonly Row['record'][]) => string>> = {
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
  '.json': (records) => `[\n${records.map((record) => `  ${JSON.stringify(record)}`).join(',\n')}\n]\n`,
  '.csv': (records) => table(records, ','),
  '.tsv': (records) => table(records, '\t'),
};

/**
 * The text of a file of these rows, in the shape they came in. Reading it gives the same rows.
 * Throws FETTLE_USAGE for a name that asks for another format.
 */
export function recordsText(rows: readonly Row[], path: string): string {
  return writerFor(path)(rows.map(({ record }) => record));
}

/** Characters of JSON Lines that are written at once. */
const writtenAtOnce = 1 << 20;

/**
 * Writes records to a file in one step: JSON Lines as they come, other formats when all are there.
 * Throws FETTLE_USAGE for a name that asks for another format, before the first record is read; FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function writeRecords(path: string, records: AsyncIterable<Row['record']>): Promise<void> {
  const writer = writerFor(path);
  if (writer !== jsonLines) {
    const all: Row['record'][] = [];
    for await (const record of records) all.push(record);
    await replaceText(path, writer(all));
    return;
  }
  const fill = (temporary: string) =>
    writeDurably(temporary, async (file) => {
      let text = '';
      for await (const record of records) {
        text += jsonLines([record]);
        if (text.length < writtenAtOnce) continue;
        await file.appendFile(text);
        text = '';
      }
      await file.appendFile(text);
    });
  await replaceWith(path, fill);
}

/** What writes the format that a name asks for. Throws FETTLE_USAGE where there is none. */
export function writerFor(path: string): (records: readonly Row['record'][]) => string {
  const writer = writers[extname(path).toLowerCase()];
  if (writer !== undefined) return writer;
  throw new FettleError('FETTLE_USAGE', `expected a file name that ends in ${Object.keys(writers).join(', ')}, found ${path}`);
}

function jsonLines(records: readonly Row['record'][]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

function table(records: readonly Row['record'][], delimiter: string): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const line = (cells: readonly unknown[]) => `${cells.map((cell) => quoted(cellText(cell))).join(delimiter)}\n`;
  return line(columns) + records.map((record) => line(columns.map((column) => record[column]))).join('');
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return Array.isArray(value) || isObject(value) ? JSON.stringify(value) : String(value);
}

function quoted(text: string): string {
  return /["\r\n\t,;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
