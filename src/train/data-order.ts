/** Which rows make up optimizer step N: a pure function of (seed, epoch), so a resumed run needs no saved generator. */
import { philox4x32, type Words4 } from './philox.ts';

/** Counter word that keeps shuffling apart from other uses of the same seed. */
const shuffleStream = 0x73687566;

/** The order in which an epoch (from 0) visits `count` rows: Fisher-Yates over Philox keyed by the seed. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const key = [seed % 0x100000000, Math.floor(seed / 0x100000000)] as const;
  let words: Words4 = [0, 0, 0, 0];
  for (let left = count - 1, draw = 0; left > 0; left--, draw++) {
    if (draw % 4 === 0) words = philox4x32([draw / 4, epoch, shuffleStream, 0], key);
    const pick = Math.floor((words[draw % 4]! / 0x100000000) * (left + 1));
    [order[left], order[pick]] = [order[pick]!, order[left]!];
  }
  return order;
}

export interface DataOrderOptions {
  rows: number;
  batch_size: number;
  seed: number;
  shuffle: boolean;
}

/** Maps optimizer steps to rows; the last step of an epoch takes what is left. */
export class DataOrder {
  readonly stepsPerEpoch: number;
  readonly #options: DataOrderOptions;
  #epoch = -1;
  #order: Uint32Array = new Uint32Array(0);

  constructor(options: DataOrderOptions) {
    this.#options = options;
    this.stepsPerEpoch = Math.ceil(options.rows / options.batch_size);
  }

  /** Epoch (from 0) that optimizer step `step` (from 1) belongs to. */
  epochOf(step: number): number {
    return Math.floor((step - 1) / this.stepsPerEpoch);
  }

  /** Indices of the rows of optimizer step `step` (from 1); an index's place in the list is its row id. */
  rowsOf(step: number): number[] {
    const { rows, batch_size, seed, shuffle } = this.#options;
    const epoch = this.epochOf(step);
    if (epoch !== this.#epoch) {
      this.#order = shuffle ? epochOrder(rows, seed, epoch) : Uint32Array.from({ length: rows }, (_, index) => index);
      this.#epoch = epoch;
    }
    const start = ((step - 1) % this.stepsPerEpoch) * batch_size;
    return [...this.#order.subarray(start, start + batch_size)];
  }
}
