/** What all shapes that hold a list of turns share: tools, and that there is an answer to learn. */
import type { RowContent, Turn } from '../row.ts';
import { describeValue, isAbsent, type RawRow, type Report, reportEmptyAnswer } from './shape-parser.ts';

export interface TurnList {
  turns: Turn[];
  /** Per turn: the field that its text came from. */
  turnFields: string[];
  /** Indices of assistant turns that are not trained. */
  untrained: Set<number>;
}

/** The tools column: a list, or (as in tables) a JSON text of one. */
export function parseTools(row: RawRow, report: Report): unknown[] | undefined {
  const tools = typeof row.tools === 'string' ? parseJsonText(row.tools) : row.tools;
  if (isAbsent(tools) || tools === '') return undefined;
  if (Array.isArray(tools)) return tools.length === 0 ? undefined : tools;
  report('tools', `expected a list of tools, found ${describeValue(row.tools)}`);
  return undefined;
}

/** The value of a JSON text, or the text itself when it is none. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Checks that there is at least one answer to train, and none that is empty. */
export function toChat(list: TurnList, tools: unknown[] | undefined, field: string, report: Report): RowContent | undefined {
  const { turns, turnFields, untrained } = list;
  let good = true;
  for (const [i, turn] of turns.entries()) {
    if (turn.role !== 'assistant' || untrained.has(i) || turn.tool_calls !== undefined || turn.content.trim() !== '') continue;
    reportEmptyAnswer(turnFields[i]!, report);
    good = false;
  }
  if (!turns.some((turn, i) => turn.role === 'assistant' && !untrained.has(i))) {
    const all = turns.some((turn) => turn.role === 'assistant')
      ? 'only answers of weight 0'
      : `only the roles ${[...new Set(turns.map((t) => t.role))].join(', ')}`;
    report(field, `expected an assistant turn to train, found ${all}`, 'Add the answer, or remove the row.');
    good = false;
  }
  return good ? { kind: 'chat', turns, turnFields, untrained, plain: false, ...(tools && { tools }) } : undefined;
}
