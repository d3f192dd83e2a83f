/** Checks a config and fills in its defaults; every problem is found at once. */
import type { z } from 'zod';
import { FettleError, type Problem } from '../errors.ts';
import { nearKey, nearWord } from './near-key.ts';
import { notYet } from './not-yet.ts';
import { type BrokenRule, brokenRules } from './rules.ts';
import { configSchema, type FettleConfig, type FettleConfigInput } from './schema.ts';
import { expectedAt, wordsAt } from './walk.ts';

/** Where a field stands in the text that the config came from. */
export interface Location {
  file?: string;
  line?: number;
}

/** Finds a field; with `key`, the field of that name under `path` (for keys that the schema does not know). */
export type Locate = (path: readonly PropertyKey[], key?: string) => Location;

/**
 * The config with every default filled in.
 * @throws FettleError FETTLE_CONFIG, with every problem; FETTLE_NOT_YET when the only problems are values that this version does not build.
 */
export function parseConfig(input: FettleConfigInput | unknown, locate: Locate = () => ({})): FettleConfig {
  return parseWith(configSchema, input, locate, brokenRules);
}

const engineSchema = configSchema.pick({ device: true, quantization: true, compute_dtype: true });

/** Where and in which types a model runs. */
export type EngineSettings = z.output<typeof engineSchema>;

/** The part of a config that says how a model is loaded, defaults filled in. Throws as `parseConfig`. */
export function parseEngineSettings(input: z.input<typeof engineSchema> | unknown): EngineSettings {
  return parseWith(
    engineSchema,
    input,
    () => ({}),
    () => [],
  );
}

function parseWith<S extends z.ZodType>(
  schema: S,
  input: unknown,
  locate: Locate,
  rules: (value: z.output<S>) => BrokenRule[],
): z.output<S> {
  const refused = notYetProblems(input, locate);
  const parsed = schema.safeParse(input);
  const invalid = parsed.success
    ? rules(parsed.data).map(({ path, ...rest }): Problem => ({ ...locate(path), field: path.join('.'), ...rest }))
    : parsed.error.issues.flatMap((issue) => problemsOf(issue, input, locate));
  const problems = [...invalid, ...refused].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  if (invalid.length > 0) {
    const found = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new FettleError('FETTLE_CONFIG', `expected valid settings, found ${found}`, { problems });
  }
  if (!parsed.success || refused.length > 0) {
    throw new FettleError('FETTLE_NOT_YET', 'the settings ask for what this version does not build yet', { problems });
  }
  return parsed.data;
}

function notYetProblems(input: unknown, locate: Locate): Problem[] {
  return notYet.flatMap(({ field, refuses, instead }): Problem[] => {
    const path = field.split('.');
    const value = valueAt(input, path);
    if (!refuses(value)) return [];
    return [{ ...locate(path), field, message: `${show(value)} is not built yet`, hint: `use ${instead}` }];
  });
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown, locate: Locate): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key): Problem => {
      const near = nearKey(key, path);
      const hint = near === undefined ? `known here: ${expectedAt(path).replace(/^a section with /, '')}` : `did you mean ${near}?`;
      return { ...locate(path, key), field: [...path, key].map(String).join('.'), message: 'unknown key', hint };
    });
  }
  const value = valueAt(input, path);
  const expected = expectedAt(path);
  const field = path.map(String).join('.');
  if (value === undefined) return [{ ...locate(path), field, message: `missing; expected ${expected}` }];
  const near = typeof value === 'string' ? nearWord(value, wordsAt(path)) : undefined;
  return [
    {
      ...locate(path),
      field,
      message: `expected ${expected}; found ${show(value)}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    },
  ];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined),
    input,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
