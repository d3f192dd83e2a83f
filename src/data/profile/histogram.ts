/** A histogram that needs no second look at the data: bins whose width grows with the value, eight to each doubling. */

export interface Bin {
  /** Inclusive. */
  from: number;
  /** Inclusive. */
  to: number;
  count: number;
}

export interface HistogramData {
  count: number;
  min: number;
  max: number;
  mean: number;
  /** Exact to an eighth of a doubling. */
  median: number;
  p95: number;
  /** Without gaps, from the first filled one to the last. */
  bins: Bin[];
}

const binsPerDoubling = 8;

export class Histogram {
  readonly #counts: number[] = [];
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** Adds a whole number, 0 or more. */
  add(value: number): void {
    const bin = binOf(value);
    while (this.#counts.length <= bin) this.#counts.push(0);
    this.#counts[bin]!++;
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Null when nothing was added. */
  data(): HistogramData | null {
    if (this.#count === 0) return null;
    const bins = this.#counts
      .map((count, bin) => ({ from: firstOf(bin), to: firstOf(bin + 1) - 1, count }))
      .filter(({ from, to }) => to >= Math.max(from, this.#min));
    return {
      count: this.#count,
      min: this.#min,
      max: this.#max,
      mean: this.#sum / this.#count,
      median: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      bins,
    };
  }

  #quantile(share: number): number {
    let left = share * this.#count;
    for (const [bin, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, Math.round((firstOf(bin) + firstOf(bin + 1) - 1) / 2)));
    }
    return this.#max;
  }
}

function binOf(value: number): number {
  return Math.floor(Math.log2(value + 1) * binsPerDoubling + 1e-9);
}

/** The smallest whole number of a bin. */
function firstOf(bin: number): number {
  return Math.ceil(2 ** (bin / binsPerDoubling) - 1 - 1e-9);
}
