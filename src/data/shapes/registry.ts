/** All shapes, and which one a row has. */
import type { Shape } from '../row.ts';
import { alpaca } from './alpaca.ts';
import { messages } from './messages.ts';
import { promptCompletion } from './prompt-completion.ts';
import type { RawRow, ShapeParser } from './shape-parser.ts';
import { sharegpt } from './sharegpt.ts';
import { segments, text } from './text.ts';
import { tokens } from './tokens.ts';

/** In the order in which keys decide: a row with messages and text is a messages row. */
const parsers: readonly ShapeParser[] = [messages, sharegpt, tokens, alpaca, promptCompletion, text, segments];

export function parserOf(shape: Shape): ShapeParser {
  return parsers.find((parser) => parser.shape === shape)!;
}

/** The shape whose keys the row has (all of them, else any of them), or undefined. */
export function detectShape(row: RawRow): Shape | undefined {
  const whole = parsers.find((parser) => parser.signature.every((key) => row[key] !== undefined));
  return (whole ?? parsers.find((parser) => parser.signature.some((key) => row[key] !== undefined)))?.shape;
}

/** Keys that others use for the same things. */
const otherNames: Readonly<Record<string, string>> = {
  question: 'prompt',
  query: 'prompt',
  answer: 'completion',
  response: 'completion',
  chosen: 'completion',
  target: 'completion',
  conversation: 'conversations',
  dialog: 'messages',
  chat: 'messages',
  content: 'text',
};

/** What to do about a row of no known shape. */
export function shapeHint(row: RawRow): string {
  const renames = Object.keys(row).flatMap((key) =>
    otherNames[key.toLowerCase()] ? [`"${key}" to "${otherNames[key.toLowerCase()]}"`] : [],
  );
  if (renames.length > 0) return `Rename ${renames.join(', ')}.`;
  return 'Rows have instruction and output (alpaca), messages, conversations (sharegpt), prompt and completion, text, segments, or input_ids and labels.';
}
