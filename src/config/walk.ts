/** Finds the part of the schema that a path of keys names. */
import { z } from 'zod';
import { configSchema, expectations } from './schema.ts';

type Layer = z.ZodType & { unwrap?: () => z.ZodType };

/** The schema under `path` and all that it wraps (default, nullable, optional), outermost first; empty when the path names nothing. */
function layersAt(path: readonly PropertyKey[]): Layer[] {
  let layers = unwrapped(configSchema);
  for (const key of path) {
    const inner = layers.at(-1);
    const next: unknown = inner instanceof z.ZodObject ? inner.shape[String(key)] : undefined;
    if (next === undefined) return [];
    layers = unwrapped(next as Layer);
  }
  return layers;
}

function unwrapped(schema: Layer): Layer[] {
  const inner =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional;
  return inner ? [schema, ...unwrapped(schema.unwrap() as Layer)] : [schema];
}

/** The keys that a section may hold, or undefined when `path` names no section. */
export function shapeAt(path: readonly PropertyKey[]): Readonly<Record<string, unknown>> | undefined {
  const section = layersAt(path).at(-1);
  return section instanceof z.ZodObject ? section.shape : undefined;
}

/** What the field under `path` accepts, in words; for a path inside a field (a list item), what the field accepts. */
export function expectedAt(path: readonly PropertyKey[]): string {
  for (let depth = path.length; depth > 0; depth--) {
    const layers = layersAt(path.slice(0, depth));
    for (const layer of layers) {
      const known = expectations.get(layer);
      if (known !== undefined) return known.expected;
    }
    if (layers.at(-1) instanceof z.ZodObject) break;
  }
  return `a section with ${Object.keys(shapeAt(path) ?? {}).join(', ')}`;
}

/** The words that the field under `path` accepts, or an empty list. */
export function wordsAt(path: readonly PropertyKey[]): string[] {
  const leaf = layersAt(path).at(-1);
  return leaf instanceof z.ZodEnum ? leaf.options.map(String) : [];
}

/** What the field under `path` is for, or an empty string. */
export function descriptionAt(path: readonly PropertyKey[]): string {
  return layersAt(path).find((layer) => layer.description !== undefined)?.description ?? '';
}

/** The value that a missing field gets, or undefined. */
export function defaultAt(path: readonly PropertyKey[]): unknown {
  return layersAt(path)
    .find((layer) => layer instanceof z.ZodDefault)
    ?.parse(undefined);
}
