/** JSON.parse with an error that says where. */
import type { Flaw, RawRecord } from './record.ts';

/** Nesting deeper than this is refused: no data shape needs it, and walking it could exhaust the stack. */
const maxDepth = 64;

/** Parses one JSON value that begins on `line` of `file`. */
export function parseJson(text: string, file: string, line: number): RawRecord | Flaw {
  if (nestsDeeperThan(text, maxDepth)) {
    return flaw(
      file,
      line,
      `expected JSON nested at most ${maxDepth} deep, found deeper`,
      'Flatten the row to one of the shapes in docs/data.md.',
    );
  }
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return flaw(file, line, `expected a JSON object, found invalid JSON: ${clip(reason)}`, hintFor(text));
  }
}

function flaw(file: string, line: number, message: string, hint: string): Flaw {
  return { finding: 'invalid-json', code: 'FETTLE_DATA', problem: { file, line, message, hint } };
}

function clip(reason: string): string {
  return reason.length > 160 ? `${reason.slice(0, 160)}...` : reason;
}

function hintFor(text: string): string {
  const start = text.trimStart();
  if (/^\{\s*'/.test(start)) return 'JSON wants double quotes; this looks like a Python dict: write it with json.dumps.';
  if (/[:,[]\s*(True|False|None|NaN|-?Infinity)\b/.test(text)) return 'JSON knows true, false and null; True, None and NaN are Python.';
  if (/,\s*[}\]]\s*$/.test(text)) return 'Remove the comma before the closing bracket.';
  if (/\}\s*\{/.test(text)) return 'Put each row on a line of its own.';
  if (start.startsWith('{') && !text.trimEnd().endsWith('}'))
    return 'The row ends early: a row must be whole on one line (was the file cut off?).';
  return 'One JSON object a line; line breaks inside a text are written as \\n.';
}

/** Counts brackets outside of strings; cheap because most rows have few. */
function nestsDeeperThan(text: string, limit: number): boolean {
  let opens = 0;
  for (let at = text.search(/[[{]/); at >= 0 && opens <= limit; opens++) at = nextOpen(text, at + 1);
  if (opens <= limit) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 91 || c === 123) {
      if (++depth > limit) return true;
    } else if (c === 93 || c === 125) depth--;
  }
  return false;
}

function nextOpen(text: string, from: number): number {
  const square = text.indexOf('[', from);
  const curly = text.indexOf('{', from);
  if (square < 0 || curly < 0) return Math.max(square, curly);
  return Math.min(square, curly);
}
