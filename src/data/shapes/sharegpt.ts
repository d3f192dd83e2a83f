/** sharegpt: {"conversations": [{"from", "value"}, ...], "system"?, "tools"?}. */
import type { Turn } from '../row.ts';
import { parseJsonText, parseTools, type TurnList, toChat } from './conversation.ts';
import { parseMessages } from './messages.ts';
import { describeValue, optionalText, type RawRow, type Report, type ShapeParser } from './shape-parser.ts';

const speakers: Readonly<Record<string, Turn['role']>> = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  observation: 'tool',
  tool: 'tool',
  system: 'system',
};

export const sharegpt: ShapeParser = {
  shape: 'sharegpt',
  signature: ['conversations'],
  keys: ['conversations', 'system', 'tools'],
  parse(row, report) {
    const list = parseConversations(row.conversations, report);
    const system = optionalText(row, 'system', report);
    const tools = parseTools(row, report);
    if (list === undefined) return undefined;
    if (system === '') return toChat(list, tools, 'conversations', report);
    const turns: Turn[] = [{ role: 'system', content: system }, ...list.turns];
    const untrained = new Set([...list.untrained].map((i) => i + 1));
    return toChat({ turns, turnFields: ['system', ...list.turnFields], untrained }, tools, 'conversations', report);
  },
};

function parseConversations(value: unknown, report: Report): TurnList | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    report(
      'conversations',
      `expected a list of turns, found ${describeValue(value)}`,
      '[{"from": "human", "value": ...}, {"from": "gpt", "value": ...}]',
    );
    return undefined;
  }
  const first = value[0] as RawRow | null;
  if (typeof first === 'object' && first?.role !== undefined && first.from === undefined)
    return parseMessages(value, 'conversations', report);
  const turns: Turn[] = [];
  const untrained = new Set<number>();
  let good = true;
  for (const [i, raw] of (value as unknown[]).entries()) {
    const turn = parseTurn(raw, `conversations[${i}]`, report);
    if (turn === undefined) good = false;
    else if ((raw as RawRow).weight === 0) untrained.add(turns.push(turn) - 1);
    else turns.push(turn);
  }
  const turnFields = turns.map((_, i) => `conversations[${i}].value`);
  return good ? { turns, turnFields, untrained } : undefined;
}

function parseTurn(raw: unknown, field: string, report: Report): Turn | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    report(field, `expected a turn {"from", "value"}, found ${describeValue(raw)}`);
    return undefined;
  }
  const { from, value } = raw as RawRow;
  const role = typeof from === 'string' ? speakers[from] : undefined;
  if (role === undefined) report(`${field}.from`, `expected ${Object.keys(speakers).join(', ')}, found ${describeValue(from)}`);
  if (typeof value !== 'string') report(`${field}.value`, `expected a text, found ${describeValue(value)}`);
  if (role === undefined || typeof value !== 'string') return undefined;
  const call = from === 'function_call' ? toolCalls(value) : undefined;
  return call === undefined ? { role, content: value } : { role, content: '', tool_calls: call };
}

/** `{"name", "arguments"}`, or a list of them, in the form that chat templates know; undefined when it is something else. */
function toolCalls(text: string): unknown[] | undefined {
  const value = parseJsonText(text);
  const calls = (Array.isArray(value) ? value : [value]) as unknown[];
  const named = calls.every((call) => typeof call === 'object' && call !== null && typeof (call as RawRow).name === 'string');
  return named && calls.length > 0 ? calls.map((call) => ({ type: 'function', function: call })) : undefined;
}
