/** messages: {"messages": [{"role", "content", "tool_calls"?, "weight"?}, ...], "tools"?}, as OpenAI's fine-tuning files. */
import type { Turn } from '../row.ts';
import { parseTools, type TurnList, toChat } from './conversation.ts';
import { describeValue, isAbsent, type RawRow, type Report, type ShapeParser } from './shape-parser.ts';

const roles: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};

export const messages: ShapeParser = {
  shape: 'messages',
  signature: ['messages'],
  keys: ['messages', 'tools'],
  parse(row, report) {
    const list = parseMessages(row.messages, 'messages', report);
    return list && toChat(list, parseTools(row, report), 'messages', report);
  },
};

/** A list of role/content messages; reports every bad one. `field` names it in errors. */
export function parseMessages(value: unknown, field: string, report: Report): TurnList | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    report(
      field,
      `expected a list of messages, found ${describeValue(value)}`,
      '[{"role": "user", "content": ...}, {"role": "assistant", "content": ...}]',
    );
    return undefined;
  }
  const turns: Turn[] = [];
  const turnFields: string[] = [];
  const untrained = new Set<number>();
  let good = true;
  const bad: Report = (where, message, hint) => {
    good = false;
    report(where, message, hint);
  };
  for (const [i, message] of (value as unknown[]).entries()) {
    const turn = parseMessage(message, `${field}[${i}]`, bad);
    if (turn === undefined) continue;
    const { weight, train, ...rest } = turn;
    if (weight === 0 || train === false) untrained.add(turns.length);
    turns.push(rest as Turn);
    turnFields.push(`${field}[${i}].content`);
  }
  return good ? { turns, turnFields, untrained } : undefined;
}

function parseMessage(message: unknown, field: string, report: Report): Turn | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    report(field, `expected a message {"role", "content"}, found ${describeValue(message)}`);
    return undefined;
  }
  const raw = message as RawRow;
  const role = typeof raw.role === 'string' ? roles[raw.role] : undefined;
  if (role === undefined) {
    const hint = raw.from === undefined ? undefined : 'from/value messages belong under "conversations" (sharegpt).';
    report(`${field}.role`, `expected ${Object.keys(roles).join(', ')}, found ${describeValue(raw.role)}`, hint);
  }
  const calls = raw.tool_calls;
  if (!isAbsent(calls) && !Array.isArray(calls)) report(`${field}.tool_calls`, `expected a list, found ${describeValue(calls)}`);
  if (!isAbsent(raw.weight) && raw.weight !== 0 && raw.weight !== 1) {
    report(`${field}.weight`, `expected 0 or 1, found ${describeValue(raw.weight)}`);
  }
  const hasCalls = Array.isArray(calls) && calls.length > 0;
  const content = textOf(raw.content, hasCalls, `${field}.content`, report);
  if (role === undefined || content === undefined) return undefined;
  const extras = Object.fromEntries(Object.entries(raw).filter(([key, v]) => !isAbsent(v) && key !== 'tool_calls'));
  return { ...extras, role, content, ...(hasCalls && { tool_calls: calls as unknown[] }) };
}

/** The content as one text: a string, or OpenAI's list of text parts. */
function textOf(content: unknown, mayLack: boolean, field: string, report: Report): string | undefined {
  if (typeof content === 'string') return content;
  if (isAbsent(content) && mayLack) return '';
  if (Array.isArray(content)) {
    const texts = (content as unknown[]).map((part) => (part as { type?: unknown; text?: unknown } | null)?.text);
    const odd = texts.findIndex((text) => typeof text !== 'string');
    if (odd < 0) return texts.join('');
    report(
      `${field}[${odd}]`,
      'expected a text part {"type": "text", "text"}, found another kind',
      'Only text is trained; images and audio are not supported.',
    );
    return undefined;
  }
  report(field, `expected a text, found ${describeValue(content)}`, isAbsent(content) ? 'Add the content, or remove the row.' : undefined);
  return undefined;
}
