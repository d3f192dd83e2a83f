/** Small JSON files of a model folder: config.json, generation_config.json, the index of the shards. */
import { readFile, stat } from 'node:fs/promises';
import { asReadError } from '../system-errors.ts';
import { findJsonFlaw } from './json-keys.ts';
import { formatError } from './model-error.ts';

/** Far above any real config or index; below what would hurt to parse. */
const maxBytes = 64 * 1024 * 1024;
const maxDepth = 32;

/** A JSON object by its keys. A Map, so that keys such as `__proto__` and `constructor` are keys like any other. */
export type JsonObject = ReadonlyMap<string, unknown>;

/**
 * Reads a file that holds one JSON object.
 * Throws `FETTLE_FILE_NOT_FOUND`, `FETTLE_PERMISSION`, or `FETTLE_MODEL_FORMAT` when it holds anything else, or a key twice.
 */
export async function readJsonObject(file: string): Promise<JsonObject> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > maxBytes) throw formatError(file, `expected at most ${maxBytes} bytes, found ${size}`);
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    if (cause instanceof TypeError) throw formatError(file, 'expected UTF-8, found other bytes', { cause });
    throw asReadError(cause, file);
  }
  const flaw = findJsonFlaw(text, maxDepth);
  if (flaw?.kind === 'duplicate') throw formatError(file, 'expected each key once, found it twice', { field: flaw.key });
  if (flaw?.kind === 'depth') throw formatError(file, `expected JSON nested at most ${maxDepth} deep, found deeper`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw formatError(file, `expected a JSON object, found invalid JSON: ${reason}`, { cause, hint: 'The file was cut off or damaged.' });
  }
  const object = asJsonObject(value);
  if (object === undefined) throw formatError(file, `expected a JSON object, found ${Array.isArray(value) ? 'a list' : typeof value}`);
  return object;
}

/** The keys of a JSON object; undefined for any other value. */
export function asJsonObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}
