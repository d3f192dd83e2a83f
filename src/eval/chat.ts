/** A conversation with a model that remembers its turns. */
import type { Turn } from '../data/row.ts';
import type { LoadedModel } from '../model/load.ts';
import type { GeneratedPiece, GenerationEnd } from './answer.ts';
import { type GenerateOptions, generate } from './generate.ts';

export interface ChatOptions extends Omit<GenerateOptions, 'prompt' | 'turns' | 'raw' | 'adapter'> {
  /** What the model is told before the conversation. */
  system?: string;
}

export class Chat {
  readonly #model: LoadedModel;
  readonly #options: Omit<ChatOptions, 'system'>;
  readonly #turns: Turn[];

  constructor(model: LoadedModel, { system, ...options }: ChatOptions = {}) {
    this.#model = model;
    this.#options = options;
    this.#turns = system === undefined ? [] : [{ role: 'system', content: system }];
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  /** The model's answer to the user's next message; both become turns once the answer is complete or was stopped. */
  async *send(content: string, signal?: AbortSignal): AsyncGenerator<GeneratedPiece, GenerationEnd> {
    const turns = [...this.#turns, { role: 'user', content } as const];
    const end = yield* generate(this.#model, { ...this.#options, turns, ...(signal && { signal }) });
    this.#turns.push({ role: 'user', content }, { role: 'assistant', content: end.text });
    return end;
  }

  /** Forgets all but the system turn. */
  clear(): void {
    this.#turns.splice(this.#turns[0]?.role === 'system' ? 1 : 0);
  }
}
