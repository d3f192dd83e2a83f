/** Reads `fettle.yaml`. */
import { type Document, isMap, isNode, LineCounter, type Pair, parseAllDocuments } from 'yaml';
import { FettleError, type Problem } from '../errors.ts';
import { applyOverride, type Override, parseOverride } from './overrides.ts';
import { type Locate, parseConfig } from './parse.ts';
import { readText } from './read-text.ts';
import type { FettleConfig, FettleConfigInput } from './schema.ts';

export interface ConfigFile {
  file: string;
  /** What the file and the overrides say, checked, without defaults: tells a given value from a default one. */
  input: FettleConfigInput;
  /** With every default filled in. */
  config: FettleConfig;
}

/**
 * Reads and checks a config file. Paths inside it are left as they are: they are relative to the working directory.
 * @param overrides `key=value` each, as `--set` takes them; later ones win
 * @throws FettleError FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, FETTLE_USAGE, FETTLE_CONFIG, FETTLE_NOT_YET; every problem with its line
 */
export async function readConfigFile(file: string, overrides: readonly string[] = []): Promise<ConfigFile> {
  const text = await readText(file, { what: 'a config file', notUtf8: 'FETTLE_CONFIG', hint: '"fettle init" writes one' });
  return parseConfigText(text, file, overrides);
}

/** As `readConfigFile`, the config alone. */
export async function loadConfig(file: string, overrides: readonly string[] = []): Promise<FettleConfig> {
  return (await readConfigFile(file, overrides)).config;
}

/** As `readConfigFile`, from text; `file` names it in messages. */
export function parseConfigText(text: string, file: string, overrides: readonly string[] = []): ConfigFile {
  const changes = overrides.map(parseOverride);
  const lines = new LineCounter();
  const doc = parseDocument(text, file, lines);
  for (const change of changes) applyOverride(doc, change);
  const input: unknown = doc.toJS();
  const config = parseConfig(input, locator(doc, file, lines, changes));
  return { file, input: input as FettleConfigInput, config };
}

function parseDocument(text: string, file: string, lineCounter: LineCounter): Document {
  const docs = parseAllDocuments(text, { lineCounter, prettyErrors: false });
  const [doc, second] = [...docs];
  const problems: Problem[] = [...docs].flatMap(({ errors }) =>
    errors.map(({ message, pos }) => ({ file, line: lineCounter.linePos(pos[0]).line, message })),
  );
  if (problems.length > 0)
    throw new FettleError('FETTLE_CONFIG', `expected YAML, found ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`, {
      problems,
    });
  if (second !== undefined) throw new FettleError('FETTLE_CONFIG', `expected one YAML document in ${file}, found ${docs.length}`);
  if (doc === undefined || doc.contents === null)
    throw new FettleError('FETTLE_CONFIG', `expected keys and values in ${file}, found nothing`, { hint: '"fettle init" writes a config' });
  if (!isMap(doc.contents)) throw new FettleError('FETTLE_CONFIG', `expected keys and values in ${file}, found a list or a single value`);
  return doc;
}

/** Finds the line of a field; of a missing one, that of the section it should be in; of an overridden one, its `--set`. */
function locator(doc: Document, file: string, lines: LineCounter, changes: readonly Override[]): Locate {
  return (path, key) => {
    const full = key === undefined ? [...path] : [...path, key];
    const written = startOf(doc, full) !== undefined;
    const sets = (change: Override) => change.path.every((part, i) => part === full[i] || (!written && i >= full.length));
    const change = changes.findLast(sets);
    if (change !== undefined) return { file: `--set ${change.text}` };
    for (let depth = full.length; depth > 0; depth--) {
      const offset = startOf(doc, full.slice(0, depth));
      if (offset !== undefined) return { file, line: lines.linePos(offset).line };
    }
    return { file };
  };
}

/** Where the key of `path` starts in the text (an item of a list: where the item starts). */
function startOf(doc: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? doc.contents : doc.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  const pair: Pair | undefined = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(last)) : undefined;
  const node = pair?.key ?? doc.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
