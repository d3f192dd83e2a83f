/** Splits bytes into UTF-8 lines, in bounded memory. */
import type { Flaw } from './record.ts';
import { decodeUtf8 } from './utf8.ts';

/** Longest line (or JSON value) that is read; a longer one is reported and skipped without being held. */
export const maxRecordBytes = 64 * 1024 * 1024;

export interface Line {
  /** 1-based. */
  line: number;
  /** Without its line end (LF or CRLF) and without a byte order mark. */
  text: string;
}

export function tooLong(file: string, line: number): Flaw {
  const message = `expected a row of at most ${maxRecordBytes / 1024 / 1024} MiB, found a longer one`;
  const hint = 'Is a line break missing, or is this no text file? Split the row.';
  return { finding: 'too-long-line', code: 'FETTLE_DATA', problem: { file, line, message, hint } };
}

/** Every line of `chunks`, blank ones included; lines that are too long or not UTF-8 come as flaws. */
export async function* readLines(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line | Flaw> {
  let line = 1;
  let offset = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const take = (tail: Buffer): Line | Flaw => {
    const length = heldBytes + tail.length;
    const start = offset;
    offset += length + 1;
    const bytes = held.length === 0 ? tail : Buffer.concat([...held, tail]);
    held = [];
    heldBytes = 0;
    if (length > maxRecordBytes) return tooLong(file, line++);
    return toLine(bytes, file, line++, start);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield take(chunk.subarray(from, end));
      from = end + 1;
    }
    if (from === chunk.length) continue;
    heldBytes += chunk.length - from;
    if (heldBytes > maxRecordBytes) held = [];
    else held.push(chunk.subarray(from));
  }
  if (heldBytes > 0) yield take(Buffer.alloc(0));
}

function toLine(bytes: Buffer, file: string, line: number, offset: number): Line | Flaw {
  const end = bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length;
  const text = decodeUtf8(bytes.subarray(0, end), file, line, offset);
  if (typeof text !== 'string') return text;
  return { line, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
}
