import { FettleError, type Problem } from '../../errors.ts';

/** GGUF metadata by key, as the reader gives it: numbers, booleans, strings, and (typed) arrays of them. */
export type GgufMetadata = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

/** `tokenizer.ggml.token_type`. */
export const TokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
}

/** Reads typed values out of GGUF metadata and remembers everything that has the wrong type. */
export class MetadataReader {
  readonly problems: Problem[] = [];
  readonly #file: string | undefined;
  readonly #get: (key: string) => unknown;

  constructor(metadata: GgufMetadata, file: string | undefined) {
    this.#file = file;
    this.#get = metadata instanceof Map ? (key) => metadata.get(key) : (key) => (metadata as Readonly<Record<string, unknown>>)[key];
  }

  text(key: string): string | undefined {
    return this.#typed(key, 'a string', (value) => typeof value === 'string') as string | undefined;
  }

  flag(key: string): boolean | undefined {
    return this.#typed(key, 'a boolean', (value) => typeof value === 'boolean') as boolean | undefined;
  }

  /** A token id below `size`. */
  id(key: string, size: number): number | undefined {
    const value = this.#typed(key, `a token id below ${size}`, (v) => {
      const id = typeof v === 'bigint' ? Number(v) : v;
      return Number.isInteger(id) && (id as number) >= 0 && (id as number) < size;
    });
    return value === undefined ? undefined : Number(value);
  }

  texts(key: string): string[] | undefined {
    const value = this.#typed(key, 'an array of strings', (v) => isArrayLike(v) && Array.from(v).every((one) => typeof one === 'string'));
    return value === undefined ? undefined : Array.from(value as ArrayLike<string>);
  }

  numbers(key: string, length: number): number[] | undefined {
    const value = this.#typed(key, `an array of ${length} numbers`, (v) => {
      return isArrayLike(v) && v.length === length && Array.from(v).every((one) => typeof one === 'number' && !Number.isNaN(one));
    });
    return value === undefined ? undefined : Array.from(value as ArrayLike<number>);
  }

  problem(field: string, message: string, hint?: string): void {
    this.problems.push({ file: this.#file, field, message, hint });
  }

  /** Throws `FETTLE_TOKENIZER` listing everything that was wrong so far. */
  throwProblems(): void {
    const first = this.problems[0];
    if (!first) return;
    const more = this.problems.length > 1 ? ` (and ${this.problems.length - 1} more)` : '';
    throw new FettleError('FETTLE_TOKENIZER', `No tokenizer can be built from the GGUF metadata: ${first.field}: ${first.message}${more}`, {
      problems: this.problems,
      hint: first.hint,
    });
  }

  #typed(key: string, expected: string, test: (value: unknown) => boolean): unknown {
    const value = this.#get(key);
    if (value === undefined || value === null || test(value)) return value ?? undefined;
    const found = isArrayLike(value) ? `an array of ${value.length}` : `${typeof value} ${String(value).slice(0, 40)}`;
    this.problem(key, `expected ${expected}, found ${found}`);
    return undefined;
  }
}
