/** Paragraphs that many rows share (instructions, prefixes of a template) say nothing about what a row asks. */
import { normalizeText } from './normalize.ts';

/** A paragraph that this many rows have is boilerplate ... */
const fewestRows = 3;
/** ... if it is also this share of all rows. */
const smallestShare = 0.004;

/** Removes boilerplate paragraphs from each text; a text of nothing else stays whole. */
export function withoutBoilerplate(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  const paragraphs = texts.map((text) => text.split(/\n\s*\n/));
  for (const list of paragraphs) for (const key of new Set(list.map(normalizeText))) counts.set(key, (counts.get(key) ?? 0) + 1);
  const limit = Math.max(fewestRows, texts.length * smallestShare);
  return paragraphs.map((list, i) => {
    if (list.length === 1) return texts[i]!;
    const own = list.filter((paragraph) => counts.get(normalizeText(paragraph))! < limit);
    return own.length === 0 ? texts[i]! : own.join('\n\n');
  });
}
