/** Reads numbers and strings from the front part of a file, never beyond its end and never more than asked for. */
import { readSync } from 'node:fs';
import { formatError } from './model-error.ts';

const windowBytes = 1 << 20;

/** A position in an open file, with a window of its bytes in memory. Little-endian. */
export class GgufBytes {
  readonly file: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly #fd: number;
  #window = Buffer.alloc(0);
  #windowStart = 0;
  #position = 0;

  constructor(fd: number, size: number, file: string) {
    this.#fd = fd;
    this.size = size;
    this.file = file;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.size - this.#position;
  }

  u8 = (): number => this.#take(1).readUInt8(0);
  i8 = (): number => this.#take(1).readInt8(0);
  u16 = (): number => this.#take(2).readUInt16LE(0);
  i16 = (): number => this.#take(2).readInt16LE(0);
  u32 = (): number => this.#take(4).readUInt32LE(0);
  i32 = (): number => this.#take(4).readInt32LE(0);
  f32 = (): number => this.#take(4).readFloatLE(0);
  f64 = (): number => this.#take(8).readDoubleLE(0);
  u64 = (): bigint => this.#take(8).readBigUInt64LE(0);
  i64 = (): bigint => this.#take(8).readBigInt64LE(0);

  /** A u64 that counts or places something in this file, so it cannot exceed `limit`. */
  count(what: string, limit: number): number {
    const value = this.u64();
    if (value > BigInt(Math.max(0, limit))) throw formatError(this.file, `expected ${what} of at most ${limit}, found ${value}`);
    return Number(value);
  }

  /** A string: u64 length, then UTF-8 (bytes that are not become U+FFFD, as some vocabularies hold such). */
  string(what: string): string {
    const length = this.count(`a length of ${what}`, Math.min(this.remaining - 8, maxStringBytes));
    return this.#take(length).toString('utf8');
  }

  /** The next `bytes` bytes, valid until the next call. */
  #take(bytes: number): Buffer {
    if (bytes > this.remaining) {
      throw formatError(this.file, `expected ${bytes} more bytes of header at byte ${this.#position}, found ${this.remaining}`, {
        hint: 'The file was cut off or damaged: download or copy it again.',
      });
    }
    const from = this.#position - this.#windowStart;
    if (from + bytes > this.#window.length) this.#refill(Math.max(bytes, Math.min(windowBytes, this.remaining)));
    const start = this.#position - this.#windowStart;
    this.#position += bytes;
    return this.#window.subarray(start, start + bytes);
  }

  #refill(bytes: number): void {
    const window = Buffer.alloc(bytes);
    let done = 0;
    while (done < bytes) {
      const read = readSync(this.#fd, window, done, bytes - done, this.#position + done);
      if (read === 0) throw formatError(this.file, `expected ${this.size} bytes, found the end of the file at ${this.#position + done}`);
      done += read;
    }
    this.#window = window;
    this.#windowStart = this.#position;
  }
}

/** Far above any chat template or embedded tokenizer.json. */
const maxStringBytes = 64 * 1024 * 1024;
