/** Strict UTF-8: what is invalid is reported with its byte offset, never replaced. */
import { isUtf8 } from 'node:buffer';
import type { Flaw } from './record.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes `bytes`, which begin at `offset` of `file`, line `line`; refuses invalid UTF-8 and NUL. */
export function decodeUtf8(bytes: Buffer, file: string, line: number, offset: number): string | Flaw {
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const message = `expected text, found a NUL byte at byte ${offset + nul} of the file`;
    const hint = 'The file is binary or damaged; write it again as UTF-8 text.';
    return { finding: 'not-utf8', code: 'FETTLE_DATA_ENCODING', problem: { file, line, message, hint } };
  }
  if (isUtf8(bytes)) return decoder.decode(bytes);
  const at = firstInvalid(bytes);
  const hex = bytes
    .subarray(at, at + 4)
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
  const message = `expected UTF-8, found the bytes ${hex} at byte ${offset + at} of the file`;
  const hint = 'Convert the file: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW (or whatever encoding it was written in).';
  return { finding: 'not-utf8', code: 'FETTLE_DATA_ENCODING', problem: { file, line, message, hint } };
}

/** Offset of the first byte that does not belong to a whole UTF-8 character; the longest valid prefix, by bisection. */
function firstInvalid(bytes: Buffer): number {
  let at = 0;
  let step = bytes.length;
  while (step >= 1) {
    const end = Math.min(bytes.length, at + step);
    const cut = characterStart(bytes, end);
    if (cut > at && isUtf8(bytes.subarray(at, cut))) at = cut;
    else step = Math.floor(step / 2);
  }
  while (at < bytes.length && isUtf8(bytes.subarray(at, at + sequenceLength(bytes[at]!)))) at += sequenceLength(bytes[at]!);
  return at;
}

function characterStart(bytes: Buffer, end: number): number {
  let cut = end;
  while (cut > 0 && cut > end - 4 && cut < bytes.length && (bytes[cut]! & 0xc0) === 0x80) cut--;
  return cut;
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
