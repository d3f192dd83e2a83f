/** text: {"text"}, trained from the first token to the end-of-text token. */
import { requiredText, type ShapeParser } from './shape-parser.ts';

export const text: ShapeParser = {
  shape: 'text',
  signature: ['text'],
  keys: ['text'],
  parse(row, report) {
    const value = requiredText(row, 'text', report);
    return value === undefined ? undefined : { kind: 'text', text: value };
  },
};
