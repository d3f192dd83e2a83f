/** Which words of two texts only one of them has. */

/** Longer texts are not compared: finding the common words takes the product of both lengths. */
const mostWords = 600;

export interface WordRun {
  text: string;
  /** Only this text has it. */
  own: boolean;
}

/** Both texts as runs of common and own words; blanks are common. */
export function wordDifference(a: string, b: string): [WordRun[], WordRun[]] {
  const [left, right] = [a.split(/(\s+)/), b.split(/(\s+)/)];
  if (left.length > mostWords || right.length > mostWords) return [[{ text: a, own: false }], [{ text: b, own: false }]];
  const common = commonPieces(left, right);
  return [runs(left, common.left), runs(right, common.right)];
}

function runs(pieces: readonly string[], common: ReadonlySet<number>): WordRun[] {
  const found: WordRun[] = [];
  for (let i = 0; i < pieces.length; ) {
    const start = i;
    const isCommon = common.has(i);
    while (i < pieces.length && common.has(i) === isCommon) i++;
    const text = pieces.slice(start, i).join('');
    found.push({ text, own: !isCommon && text.trim() !== '' });
  }
  return found;
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
