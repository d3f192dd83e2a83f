/** Text that was decoded wrongly, or not once more as it should have been. */
import { outsideCode } from '../code-spans.ts';

/** Windows-1252 where it differs from Latin-1: character to byte. */
const windows1252 = new Map(
  [...'€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'].map((character, i) => [character, 0x80 + i] as const),
);
/** Text that was damaged twice needs two rounds. */
const mostRounds = 3;

/** UTF-8 that was read as Latin-1 or Windows-1252, read as UTF-8. What is no such sequence stays. */
export function withoutMojibake(text: string): string {
  for (let round = 0; round < mostRounds; round++) {
    const mended = decodeSequences(text);
    if (mended === text) break;
    text = mended;
  }
  return text;
}

function decodeSequences(text: string): string {
  let mended = '';
  for (let i = 0; i < text.length; ) {
    const length = sequenceLength(byteOf(text[i]!));
    const bytes = Array.from(text.slice(i, i + length), byteOf);
    const isSequence = length > 1 && bytes.length === length && bytes.slice(1).every((byte) => byte !== undefined && byte >> 6 === 0b10);
    mended += isSequence ? Buffer.from(bytes as number[]).toString('utf8') : text[i]!;
    i += isSequence ? length : 1;
  }
  return mended;
}

function byteOf(character: string): number | undefined {
  const code = character.charCodeAt(0);
  return code <= 0xff ? code : windows1252.get(character);
}

/** Bytes of the UTF-8 sequence that a byte begins; 1 for one that begins none of several. */
function sequenceLength(byte: number | undefined): number {
  if (byte === undefined || byte < 0xc2 || byte > 0xf4) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

const escaped: Readonly<Record<string, string>> = { n: '\n', r: '', t: '\t' };

/** Escapes of JSON, URLs and quoted-printable undone, but not in code and in paths. */
export function withoutEscapes(text: string): string {
  return outsideCode(text, (prose) =>
    prose
      .replaceAll(/(?:\\u[0-9a-fA-F]{4})+/g, (run) => JSON.parse(`"${run}"`) as string)
      .replaceAll(/(?<!\\|\/|\b[A-Za-z]:)\\([nrt])(?![a-z]*[\\/])/g, (_, letter: string) => escaped[letter]!)
      .replaceAll('\\"', '"')
      .replaceAll(/(?:%[0-9A-F]{2})+/g, (run, at: number) => (/\S*:\/\/\S*$/.test(prose.slice(0, at)) ? run : utf8(run, '%')))
      .replaceAll(/(?:=[0-9A-F]{2}){2,}/g, (run) => utf8(run, '='))
      .replaceAll(/=\n(?=\w)/g, ''),
  );
}

/** Bytes written as hexadecimal numbers, decoded; the same text when they are no UTF-8. */
function utf8(run: string, mark: string): string {
  const decoded = Buffer.from(run.replaceAll(mark, ''), 'hex').toString('utf8');
  return decoded.includes('\uFFFD') ? run : decoded;
}
