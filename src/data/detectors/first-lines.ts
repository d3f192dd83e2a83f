/** For each content hash the line where it was seen first, in 20 bytes or so a row. */

const startSlots = 1 << 12;

export class FirstLines {
  /** 84 bits of each hash, in two pieces; a line of 0 is a free slot. */
  #high = new Float64Array(startSlots);
  #low = new Uint32Array(startSlots);
  #lines = new Uint32Array(startSlots);
  #used = 0;

  /** The first line with this hash (hex) when there was one; else notes `line` as the first. */
  add(hash: string, line: number): number | undefined {
    if (this.#used * 2 > this.#lines.length) this.#grow();
    const [high, low] = [Number.parseInt(hash.slice(0, 13), 16), Number.parseInt(hash.slice(13, 21), 16)];
    const slot = this.#slot(high, low);
    if (this.#lines[slot] !== 0) return this.#lines[slot];
    this.#put(slot, high, low, line);
    this.#used++;
    return undefined;
  }

  /** Where a hash is, or belongs. */
  #slot(high: number, low: number): number {
    const last = this.#lines.length - 1;
    let slot = low & last;
    while (this.#lines[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & last;
    return slot;
  }

  #put(slot: number, high: number, low: number, line: number): void {
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#lines[slot] = line;
  }

  #grow(): void {
    const [high, low, lines] = [this.#high, this.#low, this.#lines];
    this.#high = new Float64Array(lines.length * 2);
    this.#low = new Uint32Array(lines.length * 2);
    this.#lines = new Uint32Array(lines.length * 2);
    for (let i = 0; i < lines.length; i++) if (lines[i] !== 0) this.#put(this.#slot(high[i]!, low[i]!), high[i]!, low[i]!, lines[i]!);
  }
}
