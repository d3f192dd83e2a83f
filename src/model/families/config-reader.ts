/** Reads typed fields out of a model's config and remembers everything that is wrong, so that all of it is reported at once. */
import type { Problem } from '../../errors.ts';
import { asJsonObject, type JsonObject } from '../json-file.ts';
import { manyProblems, shown } from '../model-error.ts';

export interface NumberRange {
  min?: number;
  max?: number;
}

/** A config as an object of fields; `null` counts as absent, as in transformers, unless a method says otherwise. */
export class ConfigReader {
  readonly file: string;
  readonly #values: JsonObject;
  readonly #prefix: string;
  readonly #names: ReadonlyMap<string, string>;
  readonly #malformed: Problem[];
  readonly #unsupported: Problem[];

  /** `names`: what the fields are called in the file, where that differs. */
  constructor(
    file: string,
    values: JsonObject,
    names: ReadonlyMap<string, string> = new Map(),
    parent?: { reader: ConfigReader; key: string },
  ) {
    this.file = file;
    this.#values = values;
    this.#names = names;
    this.#prefix = parent ? `${parent.reader.#prefix}${parent.key}.` : '';
    this.#malformed = parent ? parent.reader.#malformed : [];
    this.#unsupported = parent ? parent.reader.#unsupported : [];
  }

  /** The raw value; undefined when absent. */
  get(key: string): unknown {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    const value = this.#values.get(key);
    return value !== undefined && value !== null;
  }

  /** A whole number; without a fallback it is required. */
  int(key: string, fallback?: number, { min = 1, max = 2 ** 31 - 1 }: NumberRange = {}): number {
    return this.#read(
      key,
      fallback,
      0,
      `a whole number from ${min} to ${max}`,
      (v) => Number.isInteger(v) && inRange(v as number, min, max),
    );
  }

  /** A finite number; without a fallback it is required. */
  number(key: string, fallback?: number, { min = -Infinity, max = Infinity }: NumberRange = {}): number {
    const expected = Number.isFinite(min) ? `a number from ${min}` : 'a number';
    return this.#read(key, fallback, 0, expected, (v) => typeof v === 'number' && Number.isFinite(v) && inRange(v, min, max));
  }

  /** A finite number, or undefined when absent. */
  optionalNumber(key: string, range: NumberRange = {}): number | undefined {
    return this.has(key) ? this.number(key, undefined, range) : undefined;
  }

  bool(key: string, fallback: boolean): boolean {
    return this.#read(key, fallback, fallback, 'true or false', (v) => typeof v === 'boolean');
  }

  string(key: string, fallback: string): string {
    return this.#read(key, fallback, fallback, 'a string', (v) => typeof v === 'string');
  }

  strings(key: string): string[] | undefined {
    const isStrings = (v: unknown) => Array.isArray(v) && v.every((s) => typeof s === 'string');
    return this.has(key) ? this.#read<string[]>(key, undefined, [], 'a list of strings', isStrings) : undefined;
  }

  numbers(key: string): number[] | undefined {
    const isNumbers = (v: unknown) => Array.isArray(v) && v.every((n) => Number.isFinite(n));
    return this.has(key) ? this.#read<number[]>(key, undefined, [], 'a list of numbers', isNumbers) : undefined;
  }

  /** A nested object, or undefined when absent. */
  object(key: string): ConfigReader | undefined {
    if (!this.has(key)) return undefined;
    const values = asJsonObject(this.get(key));
    if (values === undefined) this.malformed(key, `expected an object, found ${shown(this.get(key))}`);
    return new ConfigReader(this.file, values ?? new Map(), this.#names, { reader: this, key });
  }

  /** A reader of no fields that shares this one's problems. */
  empty(): ConfigReader {
    return new ConfigReader(this.file, new Map(), this.#names, { reader: this, key: '' });
  }

  malformed(key: string, message: string, hint?: string): void {
    this.#malformed.push({ file: this.file, field: this.#fieldName(key), message, hint });
  }

  unsupported(key: string, message: string, hint?: string): void {
    this.#unsupported.push({ file: this.file, field: this.#fieldName(key), message, hint });
  }

  /** Throws `FETTLE_MODEL_FORMAT` or `FETTLE_MODEL_UNSUPPORTED` listing everything that was wrong so far. */
  throwProblems(): void {
    if (this.#malformed.length > 0) throw manyProblems('FETTLE_MODEL_FORMAT', this.file, this.#malformed, this.#malformed[0]!.hint);
    if (this.#unsupported.length > 0) {
      throw manyProblems('FETTLE_MODEL_UNSUPPORTED', this.file, this.#unsupported, this.#unsupported[0]!.hint);
    }
  }

  #fieldName(key: string): string {
    const field = this.#prefix + key;
    return this.#names.get(field) ?? field;
  }

  #read<T>(key: string, fallback: T | undefined, placeholder: T, expected: string, accepts: (value: unknown) => boolean): T {
    const value = this.#values.get(key) ?? undefined;
    if (value === undefined && fallback !== undefined) return fallback;
    if (value !== undefined && accepts(value)) return value as T;
    this.malformed(key, value === undefined ? `expected ${expected}, found nothing` : `expected ${expected}, found ${shown(value)}`);
    return fallback ?? placeholder;
  }
}

function inRange(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
