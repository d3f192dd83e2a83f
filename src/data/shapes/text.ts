/** text: {"text"}, trained from the first token to the end-of-text token; or {"segments"}, of which the labelled ones are trained. */
import { parseSegments } from './segments.ts';
import { requiredText, type ShapeParser } from './shape-parser.ts';

export const text: ShapeParser = {
  shape: 'text',
  signature: ['text'],
  keys: ['text', 'segments'],
  parse(row, report) {
    if (row.segments !== undefined && row.text === undefined) return parseSegments(row, report);
    const value = requiredText(row, 'text', report);
    return value === undefined ? undefined : { kind: 'text', text: value };
  },
};

/** The same parser, known by its other key. */
export const segments: ShapeParser = { ...text, signature: ['segments'] };
