/** One line on stderr that is rewritten in place on a terminal; elsewhere a new line every few seconds, so that short work says nothing. */

const secondsBetweenLines = 5;

export class LiveLine {
  readonly #stream: NodeJS.WriteStream;
  #open = false;
  #lastLine = performance.now() / 1000;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** Shows the newest state; off a terminal it is left out when the last one is fresh. */
  update(text: string): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(20, this.#stream.columns - 1))}`);
      this.#open = true;
      return;
    }
    const now = performance.now() / 1000;
    if (now - this.#lastLine < secondsBetweenLines) return;
    this.#lastLine = now;
    this.#stream.write(`${text}\n`);
  }

  /** Prints a line that stays, above the live one. */
  print(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the live line away. */
  clear(): void {
    if (this.#open) this.#stream.write('\r\u001b[K');
    this.#open = false;
  }
}
