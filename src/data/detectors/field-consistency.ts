/** Fields beside the conversation (topic, id ...): missing, of another type, misspelled, or with a value that is a slip of another. */
import { distance } from 'fastest-levenshtein';
import { type Finding, finding } from '../findings.ts';
import type { Detector } from './detector.ts';

/** A field belongs to the data when this share of the rows has it; one that fewer rows have than the other share is a stray. */
const usual = 0.95;
const stray = 0.02;
/** A field with at most so many values, each several times, is a label. */
const mostLabels = 100;
const rowsPerLabel = 5;
/** Rows kept for each oddity. */
const mostKept = 2000;
const enoughRows = 20;

interface Field {
  rows: number;
  types: Map<string, number[]>;
  values: Map<string, number[]>;
  first: number[];
}

export function fieldConsistency(): Detector {
  const fields = new Map<string, Field>();
  const missing = new Map<string, number[]>();
  let rows = 0;
  let file = '';
  return {
    see(row) {
      file = row.file;
      for (const [name, field] of fields) {
        if (isBlank(row.fields[name])) push(missing, name, row.line);
        if (field.values.size > mostLabels * rowsPerLabel) field.values.clear();
      }
      for (const [name, value] of Object.entries(row.fields)) {
        if (isBlank(value)) continue;
        const field: Field = fields.get(name) ?? { rows: 0, types: new Map(), values: new Map(), first: [] };
        fields.set(name, field);
        field.rows++;
        push(field.types, Array.isArray(value) ? 'list' : typeof value, row.line);
        if (field.first.length < mostKept) field.first.push(row.line);
        if (typeof value === 'string' && value.length <= 60 && (field.rows === 1 || field.values.size > 0))
          push(field.values, value, row.line);
      }
      rows++;
    },
    *finish() {
      if (rows < enoughRows) return;
      for (const [name, field] of fields) {
        if (field.rows <= Math.max(1, rows * stray)) {
          for (const line of field.first)
            yield finding('stray-field', { file, line, field: name, message: strayMessage(name, fields, rows) });
        } else if (field.rows >= rows * usual) {
          for (const line of missing.get(name) ?? [])
            yield finding('missing-label', { file, line, field: name, message: `has no "${name}", which nearly all rows have` });
          yield* oddTypes(name, field, file);
          yield* oddLabels(name, field, file);
        }
      }
    },
  };
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function push(lists: Map<string, number[]>, key: string, line: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [line]);
  else if (list.length < mostKept) list.push(line);
}

function strayMessage(name: string, fields: ReadonlyMap<string, Field>, rows: number): string {
  const near = [...fields].find(([other, field]) => other !== name && field.rows >= rows * usual && distance(other, name) <= 2);
  return near === undefined
    ? `has the field "${name}", which hardly any other row has`
    : `has the field "${name}"; did you mean "${near[0]}"?`;
}

function* oddTypes(name: string, field: Field, file: string): Iterable<Finding> {
  const [main, ...others] = [...field.types].sort(([, a], [, b]) => b.length - a.length);
  for (const [type, lines] of others) {
    if (lines.length > Math.max(2, field.rows * stray)) continue;
    for (const line of lines)
      yield finding('invalid-label', { file, line, field: name, message: `expected a ${main![0]}, as in the other rows, found a ${type}` });
  }
}

function* oddLabels(name: string, field: Field, file: string): Iterable<Finding> {
  const labels = [...field.values].sort(([, a], [, b]) => b.length - a.length);
  const often = labels.filter(([, lines]) => lines.length >= rowsPerLabel);
  if (often.length < 2 || labels.length > mostLabels) return;
  if (often.reduce((n, [, lines]) => n + lines.length, 0) < field.rows * 0.8) return;
  const single = labels.filter(([, lines]) => lines.length === 1).length;
  for (const [value, lines] of labels) {
    if (
      lines.length >= rowsPerLabel &&
      !often.some(([other, more]) => other !== value && sameLabel(other, value) && more.length > lines.length)
    )
      continue;
    const near = often.find(
      ([other]) =>
        other !== value && (sameLabel(other, value) || (value.length > 3 && distance(other.toLowerCase(), value.toLowerCase()) <= 2)),
    );
    if (near === undefined && (lines.length > 1 || single > Math.max(2, field.rows * stray))) continue;
    const message =
      near === undefined
        ? `the value ${JSON.stringify(value)} stands in no other row`
        : `the value ${JSON.stringify(value)} is nearly the common ${JSON.stringify(near[0])}`;
    for (const line of lines) yield finding('invalid-label', { file, line, field: name, value, message });
  }
}

function sameLabel(a: string, b: string): boolean {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, '')
      .replace(/s$/, '');
  return plain(a) === plain(b);
}
