/** Rows written to a file in the format that its name asks for. */
import { extname } from 'node:path';
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
  const writer = writers[extname(path).toLowerCase()];
  if (writer === undefined) {
    throw new FettleError('FETTLE_USAGE', `expected a file name that ends in ${Object.keys(writers).join(', ')}, found ${path}`);
  }
  return writer(rows.map(({ record }) => record));
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
