/** Paragraphs that many rows share (instructions, prefixes of a template) say nothing about what a row asks. */

/** A paragraph that this many rows have is boilerplate ... */
const fewestRows = 3;
/** ... if it is also this share of all rows. */
const smallestShare = 0.004;
/** Paragraphs are counted by hash: two may share a counter, which is far from making either common. */
const counters = 1 << 20;

export class BoilerplateCounter {
  readonly #counts = new Uint32Array(counters);
  #rows = 0;

  /** Takes note of the paragraphs of one row. */
  add(paragraphs: readonly string[]): void {
    this.#rows++;
    for (const slot of new Set(paragraphs.map(slotOf))) this.#counts[slot]!++;
  }

  /** The paragraphs that are the row's own; all of them when it has nothing but boilerplate. */
  own(paragraphs: readonly string[]): readonly string[] {
    if (paragraphs.length === 1) return paragraphs;
    const limit = Math.max(fewestRows, this.#rows * smallestShare);
    const own = paragraphs.filter((paragraph) => this.#counts[slotOf(paragraph)]! < limit);
    return own.length === 0 ? paragraphs : own;
  }
}

function slotOf(paragraph: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < paragraph.length; i++) hash = Math.imul(hash ^ paragraph.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (counters - 1);
}
