/** The keys that mean something now, for the bottom of a screen. */
import { type Line, type Span, span, widthOf } from './spans.ts';

export type KeyHint = readonly [key: string, what: string];

/** The keys and what they do, on as many lines as it takes. */
export function keyLines(keys: readonly KeyHint[], width: number): Line[] {
  const lines: Span[][] = [];
  for (const [key, what] of keys) {
    const hint = [span(key, 'bold'), span(` ${what}`)];
    const last = lines.at(-1);
    if (last === undefined || widthOf(last) + 3 + widthOf(hint) > width) lines.push(hint);
    else last.push(span('   '), ...hint);
  }
  return lines;
}
