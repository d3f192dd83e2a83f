/** A JSON array of rows, read one element at a time so that the file need not fit into memory. */
import { maxRecordBytes, tooLong } from './lines.ts';
import { parseJson } from './parse-json.ts';
import { type Flaw, isFlaw, type RawRecord } from './record.ts';
import type { Source } from './source.ts';
import { decodeUtf8 } from './utf8.ts';

const [LF, QUOTE, COMMA, OPEN_SQUARE, BACKSLASH, CLOSE_SQUARE, OPEN_CURLY, CLOSE_CURLY] = [10, 34, 44, 91, 92, 93, 123, 125];

const isBlank = (byte: number) => byte === 32 || byte === 9 || byte === 10 || byte === 13;

/** Where the reader stands: before `[`, before an element, in one, after `]`. */
type State = 'start' | 'element' | 'inside' | 'end';

export async function* readJsonArray(source: Source): AsyncGenerator<RawRecord | Flaw> {
  const file = source.path;
  let state = 'start' as State;
  let line = 1;
  let offset = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let begin = { line: 1, offset: 0 };
  let held: Buffer[] = [];
  let heldBytes = 0;
  let elements = 0;

  const finish = (tail: Buffer): RawRecord | Flaw => {
    const bytes = Buffer.concat([...held, tail]);
    const long = heldBytes + tail.length > maxRecordBytes;
    held = [];
    heldBytes = 0;
    elements++;
    if (long) return tooLong(file, begin.line);
    const text = decodeUtf8(bytes, file, begin.line, begin.offset);
    return typeof text === 'string' ? parseJson(text, file, begin.line) : text;
  };
  const unexpected = (message: string): Flaw => ({
    finding: 'invalid-json',
    code: 'FETTLE_DATA',
    problem: { file, line, message, hint: 'The file must be one JSON array of rows: [ {...}, {...} ]; or write one row a line (.jsonl).' },
  });

  for await (const chunk of source.chunks) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === LF) line++;
      if (state === 'inside') {
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (byte === QUOTE) inString = true;
        else if (byte === OPEN_CURLY || byte === OPEN_SQUARE) depth++;
        else if ((byte === CLOSE_CURLY || byte === CLOSE_SQUARE) && depth > 0) depth--;
        else if (depth === 0 && (byte === COMMA || byte === CLOSE_SQUARE)) {
          yield finish(chunk.subarray(from, i));
          state = byte === COMMA ? 'element' : 'end';
        }
      } else if (isBlank(byte) || isMark(byte, offset + i)) continue;
      else if (state === 'start')
        state = 'element'; // the caller saw the `[`
      else if (state === 'element' && byte === CLOSE_SQUARE) {
        if (elements > 0) yield unexpected('expected a row after the comma, found the end of the array');
        state = 'end';
      } else if (state === 'element' && byte === COMMA) {
        yield unexpected('expected a row, found a comma');
      } else if (state === 'element') {
        state = 'inside';
        from = i;
        begin = { line, offset: offset + i };
        depth = byte === OPEN_CURLY || byte === OPEN_SQUARE ? 1 : 0;
        inString = byte === QUOTE;
      } else {
        yield unexpected('expected nothing after the array, found more text');
        return;
      }
    }
    offset += chunk.length;
    if (state !== 'inside') continue;
    heldBytes += chunk.length - from;
    if (heldBytes > maxRecordBytes) held = [];
    else held.push(chunk.subarray(from));
  }
  if (state === 'inside') {
    const last = finish(Buffer.alloc(0));
    if (isFlaw(last)) yield last;
  }
  if (state !== 'end') yield unexpected('expected ] at the end of the array, found the end of the file');
}

/** One of the three bytes of a byte order mark at the beginning. */
function isMark(byte: number, offset: number): boolean {
  return offset < 3 && byte === [0xef, 0xbb, 0xbf][offset];
}
