/** What JSON.parse does not say: keys given twice, and nesting without end. */

/** Where a JSON text is not acceptable although JSON.parse would take it. */
export interface JsonFlaw {
  kind: 'duplicate' | 'depth';
  /** The key that is there twice, as written. */
  key: string;
}

/**
 * Looks for a key given twice in one object, and for nesting deeper than `maxDepth`. The text need not be valid JSON.
 * One pass, no recursion; memory grows with the number of keys of the objects that are open.
 */
export function findJsonFlaw(text: string, maxDepth: number): JsonFlaw | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{' || c === '[') {
      if (open.length === maxDepth) return { kind: 'depth', key: '' };
      open.push(c === '{' ? new Set() : undefined);
    } else if (c === '}' || c === ']') {
      open.pop();
    } else if (c === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys !== undefined && isFollowedByColon(text, end)) {
        const key = unescaped(text.slice(i + 1, end - 1));
        if (keys.has(key)) return { kind: 'duplicate', key };
        keys.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let i = from;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\t' || text[i] === '\r') i++;
  return text[i] === ':';
}

/** Two spellings of one key must compare equal; a key that is not valid JSON is left for JSON.parse to refuse. */
function unescaped(key: string): string {
  if (!key.includes('\\')) return key;
  try {
    return JSON.parse(`"${key}"`) as string;
  } catch {
    return key;
  }
}
