/** Turns token ids into text as they come, never showing half a character. */

export interface Decoder {
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
}

/** What a decoder shows for bytes that are no whole character (yet). */
const replacement = '\uFFFD';

/**
 * Decodes a window of the last tokens with and without the new one and gives what the new one added: the text of a token depends on the
 * one before it (blanks at the beginning, bytes of one character in several tokens).
 */
export class StreamDecoder {
  readonly #decoder: Decoder;
  readonly #ids: number[] = [];
  /** Tokens before `#shown` are told; decoding begins at `#window`, a told token or more before it. */
  #window = 0;
  #shown = 0;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** The text that this token completes; '' while a character lacks bytes. */
  push(id: number): string {
    this.#ids.push(id);
    const text = this.#newText();
    return text.endsWith(replacement) ? '' : this.#show(text);
  }

  /** The rest, when no token will come any more: bytes that stayed incomplete show as U+FFFD. */
  end(): string {
    return this.#show(this.#newText());
  }

  #newText(): string {
    const before = this.#decode(this.#ids.slice(this.#window, this.#shown));
    return this.#decode(this.#ids.slice(this.#window)).slice(before.length);
  }

  #show(text: string): string {
    if (text !== '') {
      this.#window = this.#shown;
      this.#shown = this.#ids.length;
    }
    return text;
  }

  #decode(ids: readonly number[]): string {
    return ids.length === 0 ? '' : this.#decoder.decode(ids, { skipSpecialTokens: true });
  }
}
