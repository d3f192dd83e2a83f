/** `--set train.epochs=5`: changes one field of a config document. */
import { type Document, isMap, isScalar, parse } from 'yaml';
import { FettleError } from '../errors.ts';

export interface Override {
  /** As it was given, for messages. */
  text: string;
  path: string[];
  value: unknown;
}

/**
 * @param text `key.of.field=value`; the value is YAML, so numbers, true, null and [lists] mean what they mean in the file.
 * @throws FettleError FETTLE_USAGE
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=');
  const path = text.slice(0, Math.max(equals, 0)).trim().split('.');
  if (equals < 1 || path.includes('')) {
    throw new FettleError('FETTLE_USAGE', `expected --set key=value, found ${JSON.stringify(text)}`, {
      hint: 'for example --set train.epochs=5',
    });
  }
  try {
    return { text, path, value: parse(text.slice(equals + 1)) as unknown };
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new FettleError('FETTLE_USAGE', `expected a YAML value in --set ${text}, found: ${found}`, {
      cause,
      hint: 'quote text that holds : or [',
    });
  }
}

/** Writes the override into the document; a section that is missing or null is made. */
export function applyOverride(doc: Document, { text, path, value }: Override): void {
  for (let depth = 1; depth < path.length; depth++) {
    const section = doc.getIn(path.slice(0, depth), true);
    if (section === undefined || (isScalar(section) && section.value === null)) doc.setIn(path.slice(0, depth), doc.createNode({}));
    else if (!isMap(section)) {
      throw new FettleError('FETTLE_USAGE', `expected a section at ${path.slice(0, depth).join('.')} for --set ${text}, found a value`);
    }
  }
  doc.setIn(path, doc.createNode(value));
}
