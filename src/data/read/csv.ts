/** CSV and TSV with a header line; a cell may span lines when quoted. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, type Info, parse } from 'csv-parse';
import { FettleError } from '../../errors.ts';
import { maxRecordBytes, readLines } from './lines.ts';
import { type Flaw, isFlaw, type RawRecord } from './record.ts';
import type { Source } from './source.ts';

/** Columns whose cells may hold JSON (message lists, token lists). */
const jsonColumns = new Set(['messages', 'conversations', 'history', 'tools', 'input_ids', 'labels', 'prompt', 'completion']);

export async function* readCsv(source: Source): AsyncGenerator<RawRecord | Flaw> {
  const file = source.path;
  const flaws: Flaw[] = [];
  const parser = parse({
    delimiter: delimiterOf(source),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
  });
  const pumped = pipeline(Readable.from(textOf(source, flaws)), parser);
  pumped.catch(() => {}); // the loop below sees the same error
  let header: string[] | undefined;
  let begin = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      const line = begin;
      begin = info.lines + 1;
      if (header === undefined) {
        header = record.map((name) => name.trim());
        const twice = header.find((name, i) => header!.indexOf(name) !== i);
        if (twice !== undefined) {
          yield flaw(file, line, `expected column names that differ, found "${twice}" twice`, 'Rename one of the columns.');
          return;
        }
      } else if (record.length !== header.length) {
        const hint = 'Quote cells that hold the delimiter, a quote or a line break; double a quote inside quotes.';
        yield flaw(file, line, `expected ${header.length} cells (${header.join(', ')}), found ${record.length}`, hint);
      } else yield { line, value: Object.fromEntries(header.map((name, i) => [name, cell(name, record[i]!)])) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    yield flaw(file, begin, `expected CSV, found ${error.message}`, 'Quote the whole cell and double the quotes inside it: "say ""hi""".');
  }
  yield* flaws;
}

function flaw(file: string, line: number, message: string, hint: string): Flaw {
  return { finding: 'invalid-csv', code: 'FETTLE_DATA', problem: { file, line, message, hint } };
}

/** The file as text with LF line ends; what is not UTF-8 goes to `flaws`. */
async function* textOf(source: Source, flaws: Flaw[]): AsyncGenerator<string> {
  let text = '';
  for await (const line of readLines(source.chunks, source.path)) {
    if (isFlaw(line)) flaws.push(line);
    text += isFlaw(line) ? '\n' : `${line.text}\n`;
    if (text.length < 1 << 16) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function delimiterOf(source: Source): string {
  const first = source.head.toString('utf8').split('\n', 1)[0]!;
  const count = (mark: string) => first.split(mark).length - 1;
  return [',', '\t', ';'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function cell(column: string, text: string): unknown {
  if (!jsonColumns.has(column) || !/^\s*\[/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text; // a text that begins with a bracket
    throw new FettleError('FETTLE_INTERNAL', 'JSON.parse threw something else than a SyntaxError', { cause: error });
  }
}
