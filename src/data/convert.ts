/** Writes canonical rows in another shape, and says what that shape cannot hold. */
import { FettleError } from '../errors.ts';
import type { ChatRow, Row, Shape, TextRow, Turn } from './row.ts';
import { chatmlTurns } from './shapes/chatml.ts';

export type ConvertTarget = Exclude<Shape, 'text' | 'tokens'>;

export interface Converted {
  /** The row, its other fields (topic, id ...) kept. */
  row: Record<string, unknown>;
  /** What was lost, in words; empty when the conversion is lossless. */
  lost: string[];
}

/**
 * One row in the shape `to`. Throws FETTLE_DATA_FORMAT (with the row's place) for text and tokens rows, which have no turns, and for
 * conversations that the shape cannot hold at all.
 */
export function convertRow(row: Row, to: ConvertTarget): Converted {
  const turns = row.kind === 'text' && row.trained === undefined ? chatmlTurns(row.text) : undefined;
  if (row.kind === 'text' && turns !== undefined)
    return convertRow({ ...row, kind: 'chat', turns, turnFields: turns.map(() => 'text'), untrained: new Set(), plain: false }, to);
  if (row.kind === 'text' && row.trained !== undefined) return fromSegments(row, row.trained, to);
  if (row.kind !== 'chat') throw cannot(row, to, `a row of the shape ${row.shape}, which has no turns`);
  const lost =
    row.turns.some((turn) => Object.keys(turn).some((key) => !['role', 'content', 'tool_calls'].includes(key))) && to !== 'messages'
      ? ['other keys of the messages (name ...)']
      : [];
  const converted = writers[to](row, lost);
  return { row: { ...row.fields, ...converted }, lost };
}

/** Segments are a prompt and a completion when all that is trained stands at the end. */
function fromSegments(row: TextRow, trained: NonNullable<TextRow['trained']>, to: ConvertTarget): Converted {
  const start = trained[0]![0];
  const isTail = trained.every(([from], i) => i === 0 || from === trained[i - 1]![1]) && trained.at(-1)![1] === row.text.length;
  if (to !== 'prompt-completion' || !isTail || start === 0)
    throw cannot(
      row,
      to,
      to === 'prompt-completion' ? 'segments that are not a prompt and then a completion' : 'segments, which have no turns',
    );
  return { row: { ...row.fields, prompt: row.text.slice(0, start), completion: row.text.slice(start) }, lost: [] };
}

function cannot(row: Row, to: Shape, found: string): FettleError {
  const { file, line } = row;
  return new FettleError('FETTLE_DATA_FORMAT', `expected a row that ${to} can hold, found ${found}: ${file}:${line}`, {
    hint: 'Convert to messages, which holds every conversation.',
    problems: [{ file, line, message: `cannot be written as ${to}: ${found}` }],
  });
}

const writers: Record<ConvertTarget, (row: ChatRow, lost: string[]) => Record<string, unknown>> = {
  messages: (row) => ({
    messages: row.turns.map((turn, i) => (row.untrained.has(i) && turn.role === 'assistant' ? { ...turn, weight: 0 } : turn)),
    ...(row.tools && { tools: row.tools }),
  }),

  sharegpt(row, lost) {
    noteWeights(row, lost);
    return { conversations: row.turns.map((turn) => toSpeech(turn, lost)), ...(row.tools && { tools: row.tools }) };
  },

  alpaca(row, lost) {
    noteWeights(row, lost);
    noteTools(row, lost);
    const system = row.turns[0]?.role === 'system' ? row.turns[0].content : undefined;
    const pairs = pairsOf(row, row.turns.slice(system === undefined ? 0 : 1), 'alpaca');
    const [instruction, output] = pairs.pop()!;
    return { instruction, input: '', output, ...(system !== undefined && { system }), ...(pairs.length > 0 && { history: pairs }) };
  },

  'prompt-completion'(row, lost) {
    noteTools(row, lost);
    const last = row.turns.at(-1);
    if (last?.role !== 'assistant') throw cannot(row, 'prompt-completion', 'a conversation that does not end with an answer');
    const before = row.turns.slice(0, -1);
    const trained = before.filter((turn, i) => turn.role === 'assistant' && !row.untrained.has(i)).length;
    if (trained > 0) lost.push(`training on ${trained} earlier answers (they become prompt)`);
    const [only] = before;
    if (before.length === 1 && only?.role === 'user' && last.tool_calls === undefined)
      return { prompt: only.content, completion: last.content };
    return { prompt: before, completion: [last], ...(row.tools && { tools: row.tools }) };
  },
};

function noteWeights(row: ChatRow, lost: string[]): void {
  if (row.turns.some((turn, i) => turn.role === 'assistant' && row.untrained.has(i))) lost.push('which answers are not trained (weight 0)');
}

function noteTools(row: ChatRow, lost: string[]): void {
  if (row.tools !== undefined) lost.push('the list of tools');
}

const speakers: Record<Turn['role'], string> = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' };

function toSpeech(turn: Turn, lost: string[]): { from: string; value: string } {
  if (turn.tool_calls === undefined) return { from: speakers[turn.role], value: turn.content };
  if (turn.content !== '') lost.push('the text beside a tool call');
  const calls = turn.tool_calls.map((call) => (call as { function?: unknown } | null)?.function ?? call);
  return { from: 'function_call', value: JSON.stringify(calls.length === 1 ? calls[0] : calls) };
}

/** The turns as [question, answer] pairs; they must alternate, beginning with the user. */
function pairsOf(row: ChatRow, turns: readonly Turn[], to: Shape): [string, string][] {
  const alternate = turns.every((turn, i) => turn.role === (i % 2 === 0 ? 'user' : 'assistant') && turn.tool_calls === undefined);
  if (!alternate || turns.length === 0 || turns.length % 2 === 1) {
    throw cannot(row, to, `turns that do not alternate between user and assistant (${turns.map((turn) => turn.role).join(', ')})`);
  }
  return turns.flatMap((turn, i): [string, string][] => (i % 2 === 0 ? [[turn.content, turns[i + 1]!.content]] : []));
}
