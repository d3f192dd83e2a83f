/** A text under edit as lines, with its cursor. */

import { type Line, span, wrap } from './spans.ts';
import type { TextArea } from './text-area.ts';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** @returns the lines, and the one that the cursor is on */
export function areaLines({ text, cursor }: TextArea, width: number): { lines: Line[]; cursor: number } {
  const [first] = segmenter.segment(text.slice(cursor, cursor + 64));
  const under = first?.segment ?? ' ';
  const atBreak = under === '\n' || cursor === text.length;
  const spans = [
    span(text.slice(0, cursor)),
    span(atBreak ? ' ' : under, 'cursor'),
    span(atBreak ? text.slice(cursor) : text.slice(cursor + under.length)),
  ];
  const lines = wrap(spans, width);
  return { lines, cursor: lines.findIndex((one) => one.some(({ style }) => style === 'cursor')) };
}
