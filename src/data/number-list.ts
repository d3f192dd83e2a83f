/** A list of numbers that grows, held in one typed array: what a pass over millions of rows can afford to remember of each. */

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

export class NumberList<T extends NumberArray> {
  readonly #create: (length: number) => T;
  #array: T;
  #length = 0;

  /** `create` makes the array, as in `(n) => new Uint32Array(n)`. */
  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#array = create(256);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the index of the new number. */
  push(value: number): number {
    if (this.#length === this.#array.length) {
      const larger = this.#create(this.#length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length] = value;
    return this.#length++;
  }

  at(i: number): number {
    return this.#array[i]!;
  }

  set(i: number, value: number): void {
    this.#array[i] = value;
  }

  /** The numbers so far, without a copy. */
  view(): T {
    return this.#array.subarray(0, this.#length) as T;
  }
}
