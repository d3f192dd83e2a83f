/** A file of lines that a run adds to: what is added is there as a whole, or not at all where the disk is full. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { asWriteError } from '../system-errors.ts';

export class LineFile {
  readonly path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'a');
  }

  /** Adds one object a line; on a full disk the part that was written is taken back. */
  append(...values: readonly object[]): void {
    const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    const before = fstatSync(this.#descriptor).size;
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
    } catch (cause) {
      ftruncateSync(this.#descriptor, before);
      throw asWriteError(cause, this.path);
    }
  }

  /** Flushes to disk: a checkpoint must never be ahead of its lines. */
  sync(): void {
    try {
      fsyncSync(this.#descriptor);
    } catch (cause) {
      throw asWriteError(cause, this.path);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
