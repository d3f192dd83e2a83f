/** An answer as it grows, token by token, until something ends it. */
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts';
import { StopStrings } from './stop-strings.ts';
import { StreamDecoder } from './stream-decoder.ts';

export interface GeneratedPiece {
  /** Null for text that was held back until the end. */
  id: number | null;
  /** '' while a character is incomplete, or while a stop text may have begun. */
  text: string;
}

export interface GenerationEnd {
  /** `stop`: a stop token or text; `length`: max_tokens or the model's positions; `abort`: the signal. */
  finish_reason: 'stop' | 'length' | 'abort';
  prompt_tokens: number;
  /** Tokens made, the stop token not counted. */
  tokens: number;
  /** The whole answer. */
  text: string;
}

export interface AnswerLimits {
  /** Most tokens. */
  room: number;
  stopIds: ReadonlySet<number>;
  stop: readonly string[];
}

export class Answer {
  readonly #promptTokens: number;
  readonly #limits: AnswerLimits;
  readonly #decoder: StreamDecoder;
  readonly #stops: StopStrings;
  #text = '';
  #tokens = 0;
  #finish: GenerationEnd['finish_reason'] | null = null;

  constructor(tokenizer: Tokenizer, promptTokens: number, limits: AnswerLimits) {
    this.#promptTokens = promptTokens;
    this.#limits = limits;
    this.#decoder = new StreamDecoder(tokenizer);
    this.#stops = new StopStrings(limits.stop);
  }

  get finished(): boolean {
    return this.#finish !== null;
  }

  /** What the next token adds; null for a stop token. */
  push(id: number): GeneratedPiece | null {
    if (this.#limits.stopIds.has(id)) {
      this.#finish = 'stop';
      return null;
    }
    this.#tokens++;
    const text = this.#stops.push(this.#decoder.push(id));
    this.#text += text;
    if (this.#stops.stopped) this.#finish = 'stop';
    else if (this.#tokens >= this.#limits.room) this.#finish = 'length';
    return { id, text };
  }

  abort(): void {
    this.#finish ??= 'abort';
  }

  /** The text that was held back, once no token will come any more. */
  rest(): string {
    const rest = this.#stops.push(this.#decoder.end()) + this.#stops.end();
    this.#text += rest;
    return rest;
  }

  /** After {@link rest}. */
  end(): GenerationEnd {
    return { finish_reason: this.#finish ?? 'length', prompt_tokens: this.#promptTokens, tokens: this.#tokens, text: this.#text };
  }
}
