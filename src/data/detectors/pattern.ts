/** A detector made of a function that looks at one text; what a large share of all rows has is no flaw but a habit of the data. */
import { type Finding, type FindingCode, finding } from '../findings.ts';
import type { Row } from '../row.ts';
import { answersOf, type RowText, textsOf } from '../texts.ts';
import type { Detector } from './detector.ts';

export interface Match {
  /** The piece of text at fault. */
  value: string;
  message: string;
  hint?: string;
}

export interface PatternOptions {
  code: FindingCode;
  /** Which texts are looked at: what the model is trained to write, or all. */
  where: 'answers' | 'all';
  /** The first thing wrong with the text, or undefined. */
  find(text: string, of: RowText, row: Row): Match | undefined;
  /** Found in more than this share of the rows it is a habit of the data: one note instead. Default 1: never. */
  habit?: number;
}

/** Rows from which a share means something. */
const enoughRows = 20;
/** Findings held back until the share is known; with so many it is. */
const heldBack = 5000;

export function patternDetector({ code, where, find, habit = 1 }: PatternOptions): Detector {
  let held: Finding[] = [];
  let decided: 'habit' | 'flaw' | undefined = habit === 1 ? 'flaw' : undefined;
  let rows = 0;
  let hits = 0;
  let file = '';
  const scan = (row: Row): Finding | undefined => {
    for (const of of where === 'answers' ? answersOf(row) : textsOf(row)) {
      const match = find(of.text, of, row);
      if (match !== undefined)
        return finding(code, { file: row.file, line: row.line, field: of.field, ...match, value: clip(match.value) });
    }
    return undefined;
  };
  const release = function* (): Iterable<Finding> {
    decided = rows >= enoughRows && hits > rows * habit ? 'habit' : 'flaw';
    if (decided === 'flaw') yield* held;
    held = [];
  };
  return {
    *row(row) {
      rows++;
      file = row.file;
      const found = scan(row);
      if (found === undefined) return;
      hits++;
      if (decided === 'flaw') yield found;
      else if (decided === undefined && held.push(found) === heldBack) yield* release();
    },
    *finish() {
      if (decided === undefined) yield* release();
      if (decided !== 'habit') return;
      const message = `${hits} of ${rows} rows: a habit of this data, not listed one by one`;
      yield finding(code, { file, line: null, severity: 'note', message });
    },
  };
}

function clip(value: string): string {
  return value.length > 80 ? `${value.slice(0, 77)}...` : value;
}

/** A `find` for regular expressions, each with its message; the first that matches counts. */
export function firstOf(
  patterns: readonly (readonly [RegExp, string])[],
  prepare: (text: string) => string = (text) => text,
): PatternOptions['find'] {
  return (text) => {
    const prepared = prepare(text);
    for (const [pattern, message] of patterns) {
      const value = pattern.exec(prepared)?.[0];
      if (value !== undefined) return { value, message };
    }
    return undefined;
  };
}
