/** Two texts side by side with the words marked that only one of them has. */
import { type Html, html } from './html.ts';

/** Longer texts are shown without marks: finding the common words takes the product of both lengths. */
const mostWords = 600;

/** Both texts, each with its own words marked. */
export function wordDifference(a: string, b: string): [Html, Html] {
  const [left, right] = [a.split(/(\s+)/), b.split(/(\s+)/)];
  if (left.length > mostWords || right.length > mostWords) return [html`${a}`, html`${b}`];
  const common = commonPieces(left, right);
  return [marked(left, common.left), marked(right, common.right)];
}

function marked(pieces: readonly string[], common: ReadonlySet<number>): Html {
  const parts: Html[] = [];
  for (let i = 0; i < pieces.length; ) {
    const start = i;
    const isCommon = common.has(i);
    while (i < pieces.length && common.has(i) === isCommon) i++;
    const text = pieces.slice(start, i).join('');
    parts.push(isCommon || text.trim() === '' ? html`${text}` : html`<mark>${text}</mark>`);
  }
  return html`${parts}`;
}

/** Indices of a longest common subsequence. */
function commonPieces(a: readonly string[], b: readonly string[]): { left: Set<number>; right: Set<number> } {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      longest[at] = a[i] === b[j] ? longest[at + width + 1]! + 1 : Math.max(longest[at + width]!, longest[at + 1]!);
    }
  }
  const [left, right] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      left.add(i++);
      right.add(j++);
    } else if (longest[at + width]! >= longest[at + 1]!) i++;
    else j++;
  }
  return { left, right };
}
