/**
 * The Rust library counts a token's offsets in Unicode code points; JavaScript strings count UTF-16 code units.
 * Beyond the Basic Multilingual Plane one code point is two units; a lone surrogate is one of each.
 */
export type CodeUnitMap = (codePoint: number) => number;

/** Maps a code point index (0 to the number of code points, both included) to its UTF-16 index in `text`. */
export function codeUnitMap(text: string): CodeUnitMap {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (codePoint) => codePoint;
  const starts = new Uint32Array(text.length + 1);
  let count = 0;
  let unit = 0;
  for (const char of text) {
    starts[count++] = unit;
    unit += char.length;
  }
  starts[count] = unit;
  return (codePoint) => starts[Math.min(codePoint, count)]!;
}
