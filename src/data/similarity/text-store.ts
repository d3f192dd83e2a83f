/** Many normalized texts as bytes outside of the JavaScript heap; what exceeds the memory for it lies in a temporary file. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NumberList } from '../number-list.ts';

const chunkBytes = 4 << 20;
/** Of a longer text only the beginning is kept and compared. */
const longestText = 1 << 18;

/** The code units of one text: bytes when all are below 256, else two bytes each. */
export type CodeUnits = Uint8Array | Uint16Array;

export class TextStore {
  readonly #chunksInMemory: number;
  /** Undefined for a chunk that was written to the file. */
  readonly #chunks: (Buffer | undefined)[] = [];
  /** Chunk * chunkBytes + offset in it. */
  readonly #positions = new NumberList((n) => new Float64Array(n));
  /** Code units * 2, + 1 for two-byte ones. */
  readonly #lengths = new NumberList((n) => new Uint32Array(n));
  #used = 0;
  #units = 0;
  #file: number | undefined;
  readonly #scratch = Buffer.alloc(longestText * 2);

  constructor(memoryLimit: number) {
    this.#chunksInMemory = Math.max(1, Math.floor(memoryLimit / chunkBytes));
  }

  get size(): number {
    return this.#positions.length;
  }

  /** Code units of all texts. */
  get units(): number {
    return this.#units;
  }

  /** Keeps a text; returns its number, from 0. Throws what the file system throws when the temporary file cannot be written. */
  add(text: string): number {
    const kept = text.length > longestText ? text.slice(0, longestText) : text;
    const wide = hasWideUnits(kept);
    const bytes = wide ? kept.length * 2 : kept.length;
    this.#used += this.#used % 2; // two-byte units begin at even addresses
    if (this.#chunks.length === 0 || this.#used + bytes > chunkBytes) this.#newChunk();
    this.#chunks.at(-1)!.write(kept, this.#used, wide ? 'utf16le' : 'latin1');
    this.#positions.push((this.#chunks.length - 1) * chunkBytes + this.#used);
    this.#used += bytes;
    this.#units += kept.length;
    return this.#lengths.push(kept.length * 2 + (wide ? 1 : 0));
  }

  /** The code units of text `i`; valid until the next call. */
  get(i: number): CodeUnits {
    const position = this.#positions.at(i);
    const length = this.#lengths.at(i);
    const [units, wide] = [length >>> 1, length % 2 === 1];
    const chunk = this.#chunks[Math.floor(position / chunkBytes)];
    const offset = position % chunkBytes;
    const bytes = wide ? units * 2 : units;
    if (chunk === undefined) readSync(this.#file!, this.#scratch, 0, bytes, position);
    const buffer = chunk ?? this.#scratch;
    const start = buffer.byteOffset + (chunk === undefined ? 0 : offset);
    return wide ? new Uint16Array(buffer.buffer, start, units) : new Uint8Array(buffer.buffer, start, units);
  }

  text(i: number): string {
    const units = this.get(i);
    const bytes = Buffer.from(units.buffer, units.byteOffset, units.byteLength);
    return bytes.toString(units instanceof Uint16Array ? 'utf16le' : 'latin1');
  }

  /** Gives memory and disk back. */
  close(): void {
    this.#chunks.length = 0;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #newChunk(): void {
    const inMemory = this.#chunks.length - this.#chunksInMemory;
    if (inMemory >= 0) {
      this.#file ??= temporaryFile();
      writeSync(this.#file, this.#chunks[inMemory]!, 0, chunkBytes, inMemory * chunkBytes);
    }
    const recycled = inMemory >= 0 ? this.#chunks[inMemory] : undefined;
    if (inMemory >= 0) this.#chunks[inMemory] = undefined;
    this.#chunks.push(recycled ?? Buffer.from(new ArrayBuffer(chunkBytes)));
    this.#used = 0;
  }
}

/** A file that has no name any more, so that it goes away with the process however it ends. */
function temporaryFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-texts-'));
  const file = openSync(join(folder, 'texts'), 'w+');
  rmSync(folder, { recursive: true });
  return file;
}

function hasWideUnits(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return true;
  return false;
}
